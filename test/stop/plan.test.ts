import { describe, expect, test } from 'vitest'
import type { StopReason } from '../../src/core/receipt.ts'
import { planStop, type StopRequest, wouldSend } from '../../src/core/stop/plan.ts'

const limit: StopReason = { kind: 'limit', rule: 'cpu', source: { kind: 'default' }, arithmetic: '' }
const command: StopReason = { kind: 'command', command: 'stop', by: 'key' }
const stop = { warnSignal: 'auto', signal: 'SIGINT', graceMs: 4000, commandedGraceMs: 9000 } as const
const request = (given: Partial<StopRequest>): StopRequest => ({
  reason: limit,
  kind: 'worker',
  scope: 'tree',
  stop,
  compat: 'none',
  warning: () => ({ kind: 'send', signal: 'SIGUSR1' }),
  force: false,
  ...given
})

describe('a stop', () => {
  test('for a broken limit warns, then takes the short grace', () =>
    expect(planStop(request({}))).toEqual({
      scope: 'tree',
      warn: { kind: 'send', signal: 'SIGUSR1' },
      terminate: { signal: 'SIGINT', graceMs: 4000 },
      wake: true,
      killLimitMs: 2000
    }))
  test('by command or at shutdown takes the long grace, without a warning', () => {
    for (const reason of [command, { kind: 'shutdown', detail: '' } as const]) {
      expect(planStop(request({ reason }))).toMatchObject({ warn: undefined, terminate: { signal: 'SIGINT', graceMs: 9000 } })
    }
  })
  test('of leftovers, for health or readiness takes the short grace, without a warning', () => {
    for (const kind of ['leftovers', 'health', 'readiness'] as const) {
      expect(planStop(request({ reason: { kind, detail: '' } }))).toMatchObject({ warn: undefined, terminate: { graceMs: 4000 } })
    }
  })
  test('by force kills at once', () => expect(planStop(request({ force: true }))).toMatchObject({ warn: undefined, terminate: undefined }))
  test('does not look at the leader where no warning is due', () => {
    const warning = () => {
      throw new Error('looked')
    }
    expect(() => planStop(request({ reason: command, warning }))).not.toThrow()
    expect(() => planStop(request({ warning }))).toThrow('looked')
  })
})

describe('under compat osquery', () => {
  const compat = 'osquery' as const
  const reference = { scope: 'process', wake: false, killLimitMs: 2000 }
  test('a worker over a limit gets SIGUSR1 whatever it does with it, SIGTERM, the wait, SIGKILL; one pid only', () =>
    expect(planStop(request({ compat, warning: () => ({ kind: 'left-out', signal: 'SIGUSR1', reason: '' }) }))).toEqual({
      ...reference,
      warn: { kind: 'send', signal: 'SIGUSR1' },
      terminate: { signal: 'SIGTERM', graceMs: 4000 }
    }))
  test('an extension gets no SIGUSR1', () =>
    expect(planStop(request({ compat, kind: 'extension' }))).toEqual({
      ...reference,
      warn: undefined,
      terminate: { signal: 'SIGTERM', graceMs: 4000 }
    }))
  test('a shutdown waits longer', () =>
    expect(planStop(request({ compat, reason: command }))).toEqual({
      ...reference,
      warn: undefined,
      terminate: { signal: 'SIGTERM', graceMs: 9000 }
    }))
})

test('an observed stop says what it would have sent', () => {
  expect(wouldSend(planStop(request({})))).toEqual([
    { signal: 'SIGUSR1', target: 'leader' },
    { signal: 'SIGINT', target: 'group' }
  ])
  expect(wouldSend(planStop(request({ scope: 'process', reason: command })))).toEqual([{ signal: 'SIGINT', target: 'leader' }])
})
