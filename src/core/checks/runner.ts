import { isDeepStrictEqual } from 'node:util'
import { pause } from '../clock.ts'
import type { Emit } from '../events.ts'
import type { Redact } from '../output/redact.ts'
import type { Cancel } from '../ports.ts'
import type { CheckSettings, ConfiguredCheck } from '../settings.ts'
import { describeCheck, resultOf } from './describe.ts'
import { type Finding, judge } from './judge.ts'
import type { ScanPorts } from './scan.ts'
import { evaluateRules } from './settle.ts'
import type { CheckDescription, CheckResult } from './state.ts'

export interface RunnerPorts extends Pick<ScanPorts, 'clock' | 'place'> {
  readonly emit: Emit
  readonly redact: Redact
  /** A rule fails: `since` tells whether it has just begun to, or failed before. */
  readonly onFailing: (check: ConfiguredCheck, finding: Finding, since: 'now' | 'before') => void
}

/** Evaluates the rules again and again, and tells what changes. */
export interface CheckRunner {
  start(): void
  /** Other rules, or other times, from the next evaluation on. */
  reconfigure(settings: CheckSettings): void
  /** Nothing is evaluated or told afterwards. */
  stop(): void
}

export function createCheckRunner(initial: CheckSettings, ports: RunnerPorts): CheckRunner {
  const { clock, emit, redact } = ports
  let settings = initial
  let running = false
  let evaluating = false
  let cancel: Cancel = () => undefined
  const described = new Map<string, CheckDescription>()
  const results = new Map<string, CheckResult>()

  const describe = (): void => {
    const next = new Map(settings.rules.map((check) => [check.name, describeCheck(check, redact)]))
    for (const name of [...described.keys()]) {
      if (next.has(name)) continue
      described.delete(name)
      results.delete(name)
      emit({ type: 'check-removed', check: name })
    }
    for (const [name, check] of next) {
      if (isDeepStrictEqual(described.get(name), check)) continue
      described.set(name, check)
      results.delete(name)
      emit({ type: 'check-added', check })
    }
  }

  const evaluate = async (): Promise<void> => {
    const { rules, settleMs } = settings
    const known = new Map(rules.map(({ name, rule }) => [rule, results.get(name)?.state]))
    const findings = await evaluateRules(
      rules.map(({ rule }) => rule),
      { settleMs, judge, isKnown: ({ rule, state }) => known.get(rule) === state },
      { clock, place: ports.place, breathe: () => pause(clock, 0) }
    )
    // meanwhile the run may have come to its end, or got other rules
    if (!running || rules !== settings.rules) return
    tell(rules, findings)
  }

  const tell = (rules: readonly ConfiguredCheck[], findings: readonly Finding[]): void => {
    const counted = rules.flatMap((check, index) => {
      const finding = findings[index]
      return finding === undefined ? [] : tellOne(check, finding)
    })
    if (counted.length > 0) emit({ type: 'checks-counted', checks: counted })
  }

  /** What of it changed without a change of state. */
  const tellOne = (check: ConfiguredCheck, finding: Finding): readonly { readonly check: string; readonly result: CheckResult }[] => {
    const before = results.get(check.name)
    const result = resultOf(finding, redact)
    results.set(check.name, result)
    const hasTurned = before?.state !== result.state
    if (hasTurned) emit({ type: 'check-changed', check: check.name, from: before?.state ?? 'unknown', result })
    if (result.state === 'failing') ports.onFailing(check, finding, hasTurned ? 'now' : 'before')
    return hasTurned || isDeepStrictEqual(before, result) ? [] : [{ check: check.name, result }]
  }

  const turn = async (): Promise<void> => {
    const startedAt = clock.now()
    const used = settings
    evaluating = true
    if (used.rules.length > 0) await evaluate()
    evaluating = false
    if (!running) return
    const next = used === settings ? startedAt + used.intervalMs : 0
    cancel = clock.after(Math.max(0, next - clock.now()), () => void turn())
  }

  return {
    start() {
      running = true
      describe()
      void turn()
    },
    reconfigure(next) {
      settings = next
      if (!running) return
      describe()
      if (evaluating) return
      cancel()
      void turn()
    },
    stop() {
      running = false
      cancel()
    }
  }
}
