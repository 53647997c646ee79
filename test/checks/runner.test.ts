import { afterEach, describe, expect, it } from 'vitest'
import { parseRule } from '../../src/core/checks/grammar.ts'
import { type CheckRunner, createCheckRunner } from '../../src/core/checks/runner.ts'
import type { CheckState } from '../../src/core/checks/state.ts'
import { createSystemClock } from '../../src/core/clock.ts'
import type { EventBody } from '../../src/core/events.ts'
import type { CheckSettings, ConfiguredCheck } from '../../src/core/settings.ts'
import { reduceChecks } from '../../src/store/checks.ts'
import { event } from '../helpers/arbitrary-events.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { RecordedTree } from './tree.ts'

const check = (name: string, text: string): ConfiguredCheck => {
  const parsed = parseRule(text)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return { name, rule: parsed.value, action: { kind: 'alert' } }
}

/** A runner over a tree that the test changes, with what it told so far. */
class Run {
  readonly tree = new RecordedTree([{ pid: 1, comm: 'init' }])
  readonly told: EventBody[] = []
  readonly failing: string[] = []
  looks = 0
  state: readonly CheckState[] = []
  readonly runner: CheckRunner

  constructor(settings: Partial<CheckSettings> & Pick<CheckSettings, 'rules'>) {
    this.runner = createCheckRunner(
      { intervalMs: 20, settleMs: 0, ...settings },
      {
        clock: createSystemClock(),
        place: { root: this.tree.proc },
        redact: (text) => text.replaceAll('secret', '[redacted]'),
        emit: (body) => {
          this.told.push(body)
          this.state = reduceChecks(this.state, event(body))
        },
        onFailing: ({ name }, _finding, since) => {
          this.looks += 1
          this.failing.push(`${name} ${since}`)
        }
      }
    )
  }

  of(type: EventBody['type']): EventBody[] {
    return this.told.filter((body) => body.type === type)
  }

  standing(name: string): string | undefined {
    return this.state.find((one) => one.name === name)?.state
  }

  async becomes(name: string, standing: string): Promise<void> {
    await waitUntil(
      () => this.standing(name) === standing,
      () => `${name} to become ${standing}: ${JSON.stringify(this.state)}`
    )
  }

  dispose(): void {
    this.runner.stop()
    this.tree.dispose()
  }
}

let run: Run | undefined
afterEach(() => run?.dispose())

const start = (settings: Partial<CheckSettings> & Pick<CheckSettings, 'rules'>): Run => {
  run = new Run(settings)
  run.runner.start()
  return run
}

describe('rules on an interval', () => {
  it('are told when their state changes, and only then', async () => {
    const one = start({ rules: [check('inits', 'init:1-1'), check('rogues', 'rogue:0-0')] })
    expect(one.state.map(({ name, rule, state, reason }) => [name, rule, state, reason])).toEqual([
      ['inits', 'init:1-1', 'unknown', 'not evaluated yet'],
      ['rogues', 'rogue:0-0', 'unknown', 'not evaluated yet']
    ])
    await one.becomes('rogues', 'ok')
    one.tree.add({ pid: 66, comm: 'rogue', argv: ['rogue', 'secret'] })
    await one.becomes('rogues', 'failing')
    await waitUntil(() => one.looks >= 5, 'more evaluations')
    expect(one.of('check-changed')).toHaveLength(3)
    expect(one.of('checks-counted')).toEqual([])
    expect(one.state[1]).toMatchObject({
      state: 'failing',
      count: 1,
      min: 0,
      max: 0,
      reason: '1 > 0 (0-0)',
      since: '2026-01-01T12:04:31.120Z',
      processes: [{ pid: 66, comm: 'rogue', command: 'rogue [redacted]' }]
    })
    expect(one.failing.slice(0, 3)).toEqual(['rogues now', 'rogues before', 'rogues before'])
  })

  it('tell a count that changes within a state apart, as what only refreshes the screen', async () => {
    const one = start({ rules: [check('inits', 'init:1-')] })
    await one.becomes('inits', 'ok')
    one.tree.add({ pid: 2, comm: 'init' })
    await waitUntil(() => one.state[0]?.count === 2, 'the count of 2')
    expect(one.of('check-changed')).toHaveLength(1)
    expect(one.of('checks-counted')).toHaveLength(1)
  })

  it('list at most 20 offending processes, and none where there are too few', async () => {
    const one = start({ rules: [check('rogues', 'rogue:0-0'), check('missing', 'missing:1-')] })
    for (let pid = 100; pid < 150; pid++) one.tree.add({ pid, comm: 'rogue' })
    await waitUntil(() => one.state[0]?.count === 50, 'the count of 50')
    expect(one.state[0]?.processes).toHaveLength(20)
    expect(one.state[1]).toMatchObject({ state: 'failing', count: 0, processes: [] })
  })

  it('fail only when they fail throughout the time to settle, and settle no more once they do', async () => {
    const one = start({ settleMs: 400, rules: [check('late', 'late:1-'), check('never', 'never:1-')] })
    one.tree.add({ pid: 7, comm: 'late' })
    await one.becomes('never', 'failing')
    expect(one.standing('late')).toBe('ok')
    const before = one.looks
    const startedAt = performance.now()
    await waitUntil(() => one.looks >= before + 5, 'five more evaluations')
    expect(performance.now() - startedAt).toBeLessThan(5 * 400)
  })

  it('are unknown where they cannot be answered', async () => {
    const one = start({ rules: [check('domain', 'single-init-domain')] })
    await waitUntil(() => one.state[0]?.reason === 'there is no SE Linux here', 'the reason')
    expect(one.state[0]).toMatchObject({ state: 'unknown', count: undefined })
    expect(one.looks).toBe(0)
  })

  it('can be others while it runs; those that stay keep their state', async () => {
    const one = start({ intervalMs: 20, rules: [check('inits', 'init:1-1'), check('gone', 'gone:0-0')] })
    await one.becomes('gone', 'ok')
    const [inits] = one.state
    one.runner.reconfigure({ intervalMs: 20, settleMs: 0, rules: [check('inits', 'init:1-1'), check('more', 'init:2-')] })
    await one.becomes('more', 'failing')
    expect(one.state.map(({ name }) => name)).toEqual(['inits', 'more'])
    expect(one.state[0]).toBe(inits)
    one.runner.reconfigure({ intervalMs: 20, settleMs: 0, rules: [check('inits', 'init:5-')] })
    await one.becomes('inits', 'failing')
    expect(one.state).toHaveLength(1)
  })

  it('are told of no more after the end', async () => {
    const one = start({ rules: [check('inits', 'init:1-1')] })
    await one.becomes('inits', 'ok')
    one.runner.stop()
    const told = one.told.length
    one.tree.add({ pid: 2, comm: 'init' })
    one.runner.reconfigure({ intervalMs: 10, settleMs: 0, rules: [check('other', 'init:5-')] })
    const other = new Run({ rules: [check('inits', 'init:1-1')] })
    other.runner.start()
    await other.becomes('inits', 'ok')
    other.dispose()
    expect(one.told).toHaveLength(told)
  })
})
