import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTransient, type SupervisorEvent } from '../../src/core/events.ts'
import { REDACTED } from '../../src/core/output/redact.ts'
import type { Receipt } from '../../src/core/receipt.ts'
import { createLogWriter, type LogWriterOptions } from '../../src/log/writer.ts'
import { anyEvent, EVENT_TYPES, event, eventOf } from '../helpers/arbitrary-events.ts'

const ACTS_ON_A_TERMINAL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

function lines(events: readonly SupervisorEvent[], options: Partial<LogWriterOptions> = {}): string[] {
  const written: string[] = []
  const log = createLogWriter({ format: 'text', write: (line) => written.push(line), redact: (text) => text, debug: false, ...options })
  for (const one of events) log(one)
  return written
}
const json = (one: SupervisorEvent, options: Partial<LogWriterOptions> = {}): Record<string, unknown> =>
  JSON.parse(lines([one], { format: 'json', debug: true, ...options })[0] ?? 'null') as Record<string, unknown>
const text = (one: SupervisorEvent): string => (lines([one], { debug: true })[0] ?? '').replace(/^\d\d:\d\d:\d\d\.\d{3} /, '')

const MIB = 1024 * 1024
const process = (pid: number, command: string) => ({
  pid,
  startTime: 1,
  ppid: 1,
  execId: 'x',
  command,
  state: 'R',
  rssBytes: 140 * MIB,
  cpuMs: 3120
})
const RECEIPT: Receipt = {
  id: 7,
  node: 'indexer',
  incarnation: 2,
  leader: { pid: 4290, startTime: 1, execId: 'x' },
  mode: 'stopped',
  reason: {
    kind: 'limit',
    rule: 'cpu',
    source: { kind: 'file', file: '/etc/demo.yaml', line: 12, column: 3 },
    arithmetic: 'CPU 3120 ms > 600 ms = 10% x 3000 ms x 2 CPUs, 4 checks in a row, 12 s >= 12 s'
  },
  window: [],
  tree: [process(4290, 'node indexer.js'), process(4291, 'node part.js')],
  signals: [
    { time: '2026-01-01T12:04:31.000Z', signal: 'SIGTERM', target: 'group', pid: 4290, execId: 'x', outcome: 'sent', detail: undefined }
  ],
  diagnostics: undefined,
  exit: { code: 143, signal: undefined, oomKilled: false },
  survivors: [],
  openedAt: '2026-01-01T12:04:31.000Z',
  closedAt: '2026-01-01T12:04:31.400Z',
  durationMs: 400,
  next: { kind: 'respawn', delayMs: 7000, usesLeft: 2 }
}
const about = { node: 'indexer', pid: 4290, execId: 'e1' }

describe('every event', () => {
  it('is one safe line, of whatever it holds', () => {
    for (const format of ['text', 'json'] as const) {
      fc.assert(
        fc.property(anyEvent, (one) => {
          const [line = '', ...more] = lines([one], { format, debug: true })
          expect(more).toEqual([])
          expect(line).not.toMatch(ACTS_ON_A_TERMINAL)
        }),
        { numRuns: 300 }
      )
    }
  })

  it('is one flat object in JSON, with its envelope untouched by its fields', () => {
    for (const type of EVENT_TYPES) {
      fc.assert(
        fc.property(eventOf(type), (one) => {
          const logged = json(one)
          expect(logged).toMatchObject({ time: one.time, event: type, seq: one.seq, mono: one.mono, host: 'web-01', boot: 'b00t' })
          expect(logged['node']).toBe(one.node)
          expect(logged['pid']).toBe(one.pid)
          expect(logged['level']).toMatch(/^(debug|info|warn|error)$/)
          expect(typeof logged['message']).toBe('string')
          for (const value of Object.values(logged)) {
            const members = Array.isArray(value) ? value : [value]
            expect(members.every((member) => typeof member !== 'object')).toBe(true)
          }
        }),
        { numRuns: 15 }
      )
    }
  })

  it('is left out when it only refreshes the screen, but the echo of output', () => {
    fc.assert(
      fc.property(anyEvent, (one) => {
        expect(lines([one])).toHaveLength(isTransient(one.type) && one.type !== 'output' ? 0 : 1)
        expect(lines([one], { debug: true })).toHaveLength(1)
      })
    )
  })
})

describe('the text', () => {
  it('begins with the local time, the level and the node with its pid', () => {
    const [line] = lines([event({ type: 'node-ready', detail: '' }, about)])
    const at = new Date('2026-01-01T12:04:31.120Z')
    const two = (value: number): string => String(value).padStart(2, '0')
    expect(line).toBe(`${two(at.getHours())}:${two(at.getMinutes())}:31.120 INFO  indexer 4290 ready`)
  })

  it('explains a kill in full', () => {
    expect(text(event({ type: 'receipt-closed', receipt: RECEIPT }, about))).toBe(
      'WARN  indexer 4290 receipt 7, stopped: CPU 3120 > 600 ms (10% x 3 s x 2) for 12 s; TERM, exited 143 after 0.4 s (limit: /etc/demo.yaml:12:3); starts again in 7 s, 2 uses of the budget left'
    )
    const opened = { ...RECEIPT, closedAt: undefined, exit: undefined, next: undefined, signals: [], durationMs: undefined }
    expect(text(event({ type: 'receipt-opened', receipt: opened }, about))).toBe(
      'WARN  indexer 4290 receipt 7 opened; tree: 4290 node indexer.js 140 MB, 4291 node part.js 140 MB'
    )
    expect(text(event({ type: 'node-stopping', receipt: 7, reason: RECEIPT.reason }, about))).toBe(
      'WARN  indexer 4290 stopping: CPU 3120 > 600 ms (10% x 3 s x 2) for 12 s (limit: /etc/demo.yaml:12:3); receipt 7'
    )
  })

  it('tells what a person must know', () => {
    const budget = { uses: 2, limit: 4, refillsAt: undefined }
    expect(text(event({ type: 'supervisor-ended', code: 1, reason: 'indexer used up its respawn budget' }))).toBe(
      'ERROR ended with exit code 1: indexer used up its respawn budget'
    )
    expect(text(event({ type: 'node-backing-off', delayMs: 7000, until: '12:04:38', budget }, { node: 'indexer' }))).toBe(
      'WARN  indexer back-off, starts again in 7 s at 12:04:38; budget 2 of 4 left'
    )
    expect(text(event({ type: 'problem', failure: { code: 'ENOSPC', message: 'the disk is full' }, next: 'Make room.' }))).toBe(
      'ERROR the disk is full (ENOSPC); Make room.'
    )
    expect(
      text(
        event(
          { type: 'limit-changed', field: 'memory', from: 200 * MIB, to: 8.5 * MIB, source: { kind: 'option', option: '--x' } },
          { node: 'a' }
        )
      )
    ).toBe('INFO  a limit memory changed from 200 MB to 8.5 MB: option --x')
    expect(text(event({ type: 'output', stream: 'stderr', line: '\x1b[31mred' }, about))).toBe('INFO  indexer 4290 ! \\x1b[31mred')
    // once, and whole
    const line = 'é'.repeat(30_000)
    const [written = ''] = lines([event({ type: 'output', stream: 'stdout', line }, about)], { format: 'json' })
    expect(JSON.parse(written)).toMatchObject({ message: line, stream: 'stdout' })
    expect(written.length).toBeLessThan(line.length + 300)
  })

  it('is coloured by level only when asked to', () => {
    const failed = event({ type: 'problem', failure: { code: 'x', message: 'y' }, next: undefined })
    expect(lines([failed], { color: true })[0]).toMatch(/^\x1b\[31m.*\x1b\[0m$/)
    expect(lines([failed])[0]).not.toContain('\x1b')
  })
})

describe('the JSON', () => {
  it('has stable names for what a receipt says', () => {
    expect(json(event({ type: 'receipt-closed', receipt: RECEIPT }, about))).toMatchObject({
      level: 'warn',
      event: 'receipt-closed',
      node: 'indexer',
      pid: 4290,
      execId: 'e1',
      receipt: 7,
      mode: 'stopped',
      leaderPid: 4290,
      reasonKind: 'limit',
      reasonRule: 'cpu',
      reasonArithmetic: 'CPU 3120 ms > 600 ms = 10% x 3000 ms x 2 CPUs, 4 checks in a row, 12 s >= 12 s',
      reasonSourceFile: '/etc/demo.yaml',
      reasonSourceLine: 12,
      treeSize: 2,
      tree: ['4290 ppid 1 R rss 146800640 cpu 3120 ms node indexer.js', '4291 ppid 1 R rss 146800640 cpu 3120 ms node part.js'],
      signals: ['2026-01-01T12:04:31.000Z SIGTERM group 4290 sent'],
      survivors: [],
      exitCode: 143,
      durationMs: 400,
      nextKind: 'respawn',
      nextDelayMs: 7000
    })
  })

  it('is bounded, however large the tree', () => {
    const tree = Array.from({ length: 5000 }, (_, pid) => process(pid, 'x'.repeat(4096)))
    const logged = json(event({ type: 'receipt-opened', receipt: { ...RECEIPT, tree } }))
    expect(logged['tree']).toHaveLength(100)
    expect(logged['treeSize']).toBe(5000)
    expect(String(logged['message']).length).toBeLessThanOrEqual(16_384)
  })

  it('hides what the patterns hide, wherever a command line stands', () => {
    const redact = (text: string): string => text.replace(/(?<=--pass )\S+/g, REDACTED)
    const receipt = { ...RECEIPT, tree: [process(1, 'db --pass hunter2')], survivors: [process(1, 'db --pass hunter2')] }
    const started = fc.sample(eventOf('node-added'), { numRuns: 1, seed: 3 })[0] as Extract<SupervisorEvent, { type: 'node-added' }>
    const added = { ...started, description: { ...started.description, argv: ['db', '--pass', 'hunter2'] } }
    for (const format of ['json', 'text'] as const) {
      const shown = lines([event({ type: 'receipt-opened', receipt }), added], { format, redact }).join('\n')
      expect(shown).not.toContain('hunter2')
      expect(shown).toContain('--pass [redacted]'.slice(format === 'json' ? 8 : 0).trim())
    }
  })
})
