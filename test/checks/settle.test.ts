import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRule } from '../../src/core/checks/grammar.ts'
import { type Finding, judge } from '../../src/core/checks/judge.ts'
import type { Rule } from '../../src/core/checks/rule.ts'
import { evaluateRules } from '../../src/core/checks/settle.ts'
import { createSystemClock, pause } from '../../src/core/clock.ts'
import type { Clock } from '../../src/core/ports.ts'
import { fixture } from '../helpers/command.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { Programs } from './programs.ts'
import { checkedRules, runCheck } from './run-check.ts'
import { RecordedTree } from './tree.ts'

const ruleOf = (text: string): Rule => {
  const parsed = parseRule(text)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

const clock = createSystemClock()
const CHECKS = 200
const SETTLE_MS = 3000

describe('a daemon that has no copy and two copies for a moment at each restart', () => {
  const programs = new Programs()
  const daemon = `d${process.pid}`
  const rule = ruleOf(`${daemon}:1-1`)

  beforeAll(async () => {
    const path = programs.install(daemon)
    programs.processes.spawn('python3', [fixture('restarting-daemon.py'), path], { stdio: 'ignore' })
    await waitUntil(async () => (await look(0)).count === 1, 'the daemon to run')
  })
  afterAll(() => programs.dispose())

  const look = async (settleMs: number): Promise<Finding> => {
    const [finding] = await evaluateRules([rule], { settleMs, judge }, { clock, place: { root: '/proc' } })
    if (finding === undefined) throw new Error('no finding')
    return finding
  }

  it('raises no alarm in 200 checks that settle, and false alarms in 200 that do not', { timeout: 300_000 }, async () => {
    const settled: Finding[] = []
    const hasty: Finding[] = []
    const counts = new Set<number>()
    while (settled.length < CHECKS || counts.size < 3) {
      const now = await look(0)
      hasty.push(now)
      counts.add(now.count)
      settled.push(await look(SETTLE_MS))
      // so that the checks are spread over many restarts
      await pause(clock, 30 * Math.random())
    }
    expect(settled.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(hasty.some(({ state }) => state === 'failing')).toBe(true)
    expect([...counts].sort()).toEqual([0, 1, 2])
  })
})

/** Time passes only while somebody waits for it. */
function instantClock(): Clock {
  let now = 0
  return {
    now: () => now,
    wall: () => now,
    after(ms, callback) {
      now += ms
      queueMicrotask(callback)
      return () => undefined
    }
  }
}

describe('settling', () => {
  it('ends at once when all rules pass', async () => {
    const startedAt = performance.now()
    const outcome = await runCheck(['--settle', '30s', '*:1-'])
    expect(outcome.code).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
  })

  it('lasts as long as it says for a rule that fails throughout', async () => {
    const startedAt = performance.now()
    const rules = await checkedRules(['--settle', '1s', 'no-such-program-here:1-', '*:1-'])
    expect(performance.now() - startedAt).toBeGreaterThan(1000)
    expect(rules.map(({ state }) => state)).toEqual(['failing', 'ok'])
  })

  it('looks again only at what does not pass, every quarter, and drops it at its first pass', async () => {
    const tree = new RecordedTree([{ pid: 5, comm: 'early' }])
    const looks: [number, string[]][] = []
    const instant = instantClock()
    const rules = ['early:1-1', 'late:1-1', 'never:1-1'].map(ruleOf)
    const findings = await evaluateRules(
      rules,
      {
        settleMs: 1000,
        judge(tally) {
          const last = looks.at(-1)
          if (last?.[0] === instant.now()) last[1].push(tally.rule.label)
          else looks.push([instant.now(), [tally.rule.label]])
          if (instant.now() === 500 && tally.rule.label === 'never') tree.add({ pid: 6, comm: 'late' })
          return judge(tally)
        }
      },
      { clock: instant, place: { root: tree.proc } }
    )
    tree.dispose()
    expect(looks).toEqual([
      [0, ['early', 'late', 'never']],
      [250, ['late', 'never']],
      [500, ['late', 'never']],
      [750, ['late', 'never']],
      [1000, ['never']]
    ])
    expect(findings.map(({ state }) => state)).toEqual(['ok', 'ok', 'failing'])
  })

  it('notes what took the place of another meanwhile, by pid and start time, and not what only came or went', async () => {
    const look = async (change: (tree: RecordedTree) => void): Promise<readonly number[]> => {
      const tree = new RecordedTree([
        { pid: 5, comm: 'd', elapsed: 100 },
        { pid: 7, comm: 'd', elapsed: 100 }
      ])
      const clock = instantClock()
      const [finding] = await evaluateRules(
        [ruleOf('d:5-')],
        {
          settleMs: 1000,
          judge(tally) {
            if (clock.now() === 250) change(tree)
            return judge(tally)
          }
        },
        { clock, place: { root: tree.proc } }
      )
      tree.dispose()
      return (finding?.restarted ?? []).map(({ pid }) => pid)
    }
    const replace = (by: number) => (tree: RecordedTree) => {
      end(tree, 5)
      tree.add({ pid: by, comm: 'd', elapsed: 1 })
    }
    const end = (tree: RecordedTree, pid: number): void => rmSync(join(tree.proc, String(pid)), { recursive: true })
    expect(await look(replace(6))).toEqual([6])
    // the same number, given to another process
    expect(await look(replace(5))).toEqual([5])
    expect(await look((tree) => void tree.add({ pid: 6, comm: 'd', elapsed: 1 }))).toEqual([])
    expect(await look((tree) => end(tree, 5))).toEqual([])
    expect(await look(() => undefined)).toEqual([])
  })
})
