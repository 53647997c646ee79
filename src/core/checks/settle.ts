import { pause } from '../clock.ts'
import { identityKey } from '../process/identity.ts'
import type { Finding } from './judge.ts'
import type { Rule } from './rule.ts'
import { type ScanPorts, scan, type Tally } from './scan.ts'

export interface SettleRequest {
  /** How long a rule must not pass before it is said to fail, ms; 0: one look is enough. */
  readonly settleMs: number
  readonly judge: (tally: Tally) => Finding
  /** Whether a finding that does not pass needs no second look, since it was known before. */
  readonly isKnown?: (finding: Finding) => boolean
}

/** Looks within the time to settle. */
const LOOKS = 4

/**
 * Evaluates all rules. Those that do not pass are looked at again about every quarter of the time, each until it passes once:
 * what does not pass throughout is not transient. One finding a rule, in their order.
 */
export async function evaluateRules(rules: readonly Rule[], request: SettleRequest, ports: ScanPorts): Promise<readonly Finding[]> {
  const { settleMs, judge, isKnown = () => false } = request
  const { clock } = ports
  const startedAt = clock.now()
  const look = async (some: readonly Rule[]): Promise<readonly Finding[]> => (await scan(some, ports)).map((tally) => judge(tally))

  let findings = await look(rules)
  for (;;) {
    const rest = startedAt + settleMs - clock.now()
    const open = findings.filter((finding) => finding.state !== 'ok' && !isKnown(finding))
    if (open.length === 0 || rest <= 0) return findings
    await pause(clock, Math.min(rest, settleMs / LOOKS))
    const again = await look(open.map(({ rule }) => rule))
    const next = new Map(again.map((finding, index) => [open[index], finding]))
    findings = findings.map((before) => follow(before, next.get(before)))
  }
}

/** The later finding, which knows what was replaced since the earlier one. */
function follow(before: Finding, now: Finding | undefined): Finding {
  if (now === undefined) return before
  const [old, present] = [before, now].map(({ matched }) => new Set(matched.map(identityKey)))
  const gone = before.matched.filter((view) => !present?.has(identityKey(view)))
  const came = now.matched.filter((view) => !old?.has(identityKey(view)))
  const replaced = came.slice(0, gone.length + before.vanished)
  return {
    ...now,
    vanished: before.vanished + gone.length - replaced.length,
    restarted: [...before.restarted, ...replaced.map(({ pid, startTime }) => ({ pid, startTime }))]
  }
}
