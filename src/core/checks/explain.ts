import type { Redact } from '../output/redact.ts'
import type { Identity } from '../process/identity.ts'
import { dropOf } from './credentials.ts'
import { holds, isLeftOut, meets } from './evaluate.ts'
import { resembles } from './near.ts'
import type { ProcessView } from './process-view.ts'
import type { Rule, Test } from './rule.ts'
import type { Moment } from './usage.ts'
import { whyNot } from './why-not.ts'

export interface Explained extends Identity {
  /** Redacted. */
  readonly command: string
}

/** Which processes a rule counts, which it nearly counts, and why not those. */
export interface RuleExplanation {
  readonly matched: readonly Explained[]
  readonly near: readonly (Explained & { readonly why: readonly string[] })[]
  /** Not listed. */
  readonly more: number
}

export interface Explainer {
  /** Takes in a process of a scan. */
  onView(view: ProcessView, moment: Moment): void
  /** Of the last scan; in the order of the rules. */
  explanations(): readonly RuleExplanation[]
}

const MOST_LISTED = 20

type Near = RuleExplanation['near'][number]

export function createExplainer(rules: readonly Rule[], redact: Redact): Explainer {
  let moment: Moment | undefined
  let found = rules.map(() => ({ matched: [] as Explained[], near: [] as Near[], more: 0 }))

  const named = (view: ProcessView): Explained => ({ pid: view.pid, startTime: view.startTime, command: redact(view.command()) })

  const add = <T>(list: T[], one: () => T, of: { more: number }): void => {
    if (list.length < MOST_LISTED) list.push(one())
    else of.more += 1
  }

  return {
    onView(view, now) {
      if (now !== moment) found = rules.map(() => ({ matched: [], near: [], more: 0 }))
      moment = now
      for (const [index, rule] of rules.entries()) {
        const of = found[index]
        if (of === undefined) continue
        if (meets(rule, view, now) === 'yes') add(of.matched, () => named(view), of)
        else {
          const why = whyNearly(rule, view, now)
          if (why.length > 0) add(of.near, () => ({ ...named(view), why }), of)
        }
      }
    },
    explanations: () => found
  }
}

/** Why a process that nearly matches does not; empty: it does not even nearly. */
export function whyNearly(rule: Rule, view: ProcessView, moment: Moment): readonly string[] {
  const failed = rule.tests.filter((test) => holds(test, view, moment) !== 'yes')
  const leftOut = isLeftOut(rule, view, moment.world)
  const reasons = [...failed.map((test) => whyNot(test, view, moment)), ...(leftOut === undefined ? [] : [`it is ${leftOut}`])]
  if (failed.length === 0 && rule.tests.length > 0) return reasons
  const isExempt = failed.length < rule.tests.length && failed.every(({ negated }) => negated)
  const isUnclear = failed.every((test) => typeof holds(test, view, moment) === 'object')
  const isNear =
    isExempt ||
    (isUnclear && failed.length > 0) ||
    rule.tests.some((test) => resembles(test, view)) ||
    failed.some((test) => droppedOtherwise(test, view))
  return isNear ? reasons : []
}

const droppedOtherwise = ({ condition }: Test, view: ProcessView): boolean => {
  const credentials = condition.field === 'gid0' ? view.credentials() : undefined
  return credentials?.kind === 'known' && dropOf(credentials.value) !== 'none'
}
