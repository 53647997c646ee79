import { describe, expect, test } from 'vitest'
import type { ExitStatus, Receipt, SignalRecord, StopReason } from '../../src/core/receipt.ts'
import { addDiagnostics, addSignal, closeReceipt, followReceipt, openReceipt } from '../../src/core/stop/receipt.ts'
import { describeExit, describeNext, describeReason, describeReceipt } from '../../src/core/stop/wording.ts'
import { cpuArithmetic } from '../../src/core/watcher/limits.ts'
import { sampleOf } from '../helpers/members.ts'

const arithmetic = 'CPU 3120 ms > 600 ms = 10% x 3000 ms x 2 CPUs, 4 checks in a row, 12 s >= 12 s'
const limit: StopReason = { kind: 'limit', rule: 'cpu', source: { kind: 'level', level: 'normal' }, arithmetic }
const ourselves = sampleOf(process.pid)
if (ourselves === undefined) throw new Error('we live')

const at = Date.UTC(2026, 0, 2, 3, 4, 5)
const open = (given: Partial<Parameters<typeof openReceipt>[0]> = {}): Receipt =>
  openReceipt({
    id: 7,
    node: 'indexer',
    incarnation: 2,
    leader: { pid: 4290, startTime: 1, execId: 'e' },
    mode: 'stopped',
    reason: limit,
    window: [],
    tree: [ourselves],
    at,
    ...given
  })

const signal = (given: Partial<SignalRecord>): SignalRecord => ({
  time: '2026-01-02T03:04:05.000Z',
  signal: 'SIGTERM',
  target: 'group',
  pid: 4290,
  execId: 'e',
  outcome: 'sent',
  detail: undefined,
  ...given
})
const exited = (given: Partial<ExitStatus>): ExitStatus => ({ code: undefined, signal: undefined, oomKilled: false, ...given })
const close = (receipt: Receipt, exit: ExitStatus | undefined, survivors = [] as (typeof ourselves)[]): Receipt =>
  closeReceipt(receipt, { exit, survivors, at: at + 400, durationMs: 400 })

describe('a receipt', () => {
  test('is opened, filled, closed and followed without changing what was there', () => {
    const first = Object.freeze(open())
    const second = Object.freeze(addSignal(first, signal({})))
    const third = Object.freeze(close(addDiagnostics(second, 'stack'), exited({ code: 143 })))
    const last = followReceipt(third, { kind: 'respawn', delayMs: 5000, usesLeft: 2 })
    expect(first).toMatchObject({ signals: [], closedAt: undefined, openedAt: '2026-01-02T03:04:05.000Z', tree: [{ pid: process.pid }] })
    expect(last).toMatchObject({
      signals: [{ signal: 'SIGTERM' }],
      diagnostics: 'stack',
      exit: { code: 143 },
      closedAt: '2026-01-02T03:04:05.400Z',
      durationMs: 400,
      next: { kind: 'respawn' }
    })
    expect(JSON.parse(JSON.stringify(last))).toMatchObject({ id: 7, node: 'indexer' })
  })

  test('is bounded', () => {
    let receipt = open({ tree: Array.from({ length: 5000 }, () => ourselves) })
    for (let n = 0; n < 2000; n++) receipt = addSignal(receipt, signal({ pid: n }))
    receipt = addDiagnostics(receipt, 'x'.repeat(1_000_000))
    expect([receipt.tree.length, receipt.signals.length, receipt.diagnostics?.length]).toEqual([256, 1000, 65_536])
  })
})

describe('in words', () => {
  test('a stop for the CPU', () => {
    const receipt = close(addSignal(addSignal(open(), signal({})), signal({ signal: 'SIGCONT' })), exited({ code: 143 }))
    expect(describeReceipt(receipt)).toBe('indexer 4290 stopped: CPU 3120 > 600 ms (10% x 3 s x 2) for 12 s; TERM, exited 143 after 0.4 s')
  })

  test('a ladder to its end, with a warning that was left out', () => {
    const signals = [
      signal({ signal: 'SIGUSR1', target: 'leader', outcome: 'left-out', detail: 'node would open its debugger' }),
      signal({ outcome: 'denied' }),
      signal({ signal: 'SIGKILL' }),
      signal({ signal: 'SIGKILL', target: 'member', outcome: 'gone' })
    ]
    const receipt = close(signals.reduce(addSignal, open()), exited({ signal: 'SIGKILL' }))
    expect(describeReceipt(receipt)).toMatch(/; TERM denied, KILL, killed by SIGKILL after 0\.4 s$/)
  })

  test('open, stuck, observed, and of leftovers', () => {
    expect(describeReceipt(open())).toMatch(/^indexer 4290 stopping: CPU .* for 12 s$/)
    expect(describeReceipt(close(open(), undefined, [ourselves]))).toBe(
      `indexer 4290 stuck: CPU 3120 > 600 ms (10% x 3 s x 2) for 12 s; 1 would not die: ${process.pid}`
    )
    const observed = addSignal(open({ mode: 'would-stop' }), signal({ outcome: 'would-send' }))
    expect(describeReceipt(observed)).toMatch(/^indexer 4290 would be stopped: .*; TERM$/)
    const leftovers = open({ reason: { kind: 'leftovers', detail: '2 processes after the exit' } })
    expect(describeReceipt(close(leftovers, undefined))).toBe(
      'indexer 4290 stopped: left behind: 2 processes after the exit; gone after 0.4 s'
    )
  })

  test('reasons', () => {
    expect(describeReason({ ...limit, arithmetic: 'memory +120 MiB > +100 MiB' })).toBe('memory +120 MiB > +100 MiB')
    expect(describeReason({ ...limit, arithmetic: 'CPU 900 ms > 600 ms = 10% x 3000 ms x 2 CPUs' })).toBe(
      'CPU 900 > 600 ms (10% x 3 s x 2)'
    )
    expect(describeReason({ kind: 'command', command: 'restart', by: 'key R' })).toBe('restart asked for by key R')
    expect(describeReason({ kind: 'shutdown', detail: 'SIGTERM' })).toBe('shutdown: SIGTERM')
  })

  test('the arithmetic that the watcher writes is the one that is shortened', () => {
    const figures = {
      usedMs: 3120.4,
      budgetMs: 600,
      percent: 7.5,
      intervalMs: 3000.2,
      cpus: 2,
      inARow: 4,
      sustainedMs: 12_040,
      latencyMs: 12_000
    }
    const shown = describeReason({ ...limit, arithmetic: cpuArithmetic(figures) })
    expect(shown).toMatch(/^CPU 3120 > 600 ms \(7\.5% x 3 s x 2\) for 12[.\d]* s$/)
    expect(describeReason({ ...limit, arithmetic: cpuArithmetic({ ...figures, cpus: 1 }) })).toMatch(
      /^CPU 3120 > 600 ms \(7\.5% x 3 s x 1\) for/
    )
  })

  test('exits', () => {
    expect(describeExit(exited({ code: 0 }))).toBe('exited 0')
    expect(describeExit(exited({ signal: 'SIGSEGV' }))).toBe('killed by SIGSEGV')
    expect(describeExit(exited({ signal: 'SIGKILL', oomKilled: true }))).toMatch('oom-kill')
    expect(describeExit(exited({}))).toBe('ended, status unknown')
  })

  test('what comes next', () => {
    expect(describeNext({ kind: 'respawn', delayMs: 7400, usesLeft: 1 })).toBe('starts again in 7.4 s, 1 use of the budget left')
    expect(describeNext({ kind: 'respawn', delayMs: 0, usesLeft: 3 })).toBe('starts again at once, 3 uses of the budget left')
    expect(describeNext({ kind: 'shutdown', code: 1 })).toBe('the supervisor ends with exit code 1')
  })
})
