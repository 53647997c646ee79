import { violatesGid0 } from './credentials.ts'
import { linearPattern } from './patterns.ts'
import type { ProcessView } from './process-view.ts'
import { hasExe, hasName, hasScript } from './program.ts'
import type { Condition, Field, Principal, Rule, Test } from './rule.ts'
import { hasAge, type Moment, usesCpu, usesMemory } from './usage.ts'
import { negate, no, unknown, type Verdict, verdictOf, yes } from './verdict.ts'
import type { World } from './world.ts'

/** How much it costs to know, roughly; the cheap ones are asked first. */
const COST: Readonly<Record<Field, number>> = {
  state: 0,
  ppid: 0,
  elapsed: 0,
  cpu: 0,
  exe: 1,
  deleted: 1,
  name: 2,
  script: 2,
  args: 2,
  user: 3,
  group: 3,
  gid0: 3,
  memory: 3,
  vsz: 3,
  container: 4,
  context: 4
}

/** The same rule with its tests in the order in which they are asked. */
export const cheapestFirst = (rule: Rule): Rule => ({
  ...rule,
  tests: rule.tests.toSorted((a, b) => COST[a.condition.field] - COST[b.condition.field])
})

/** Whether a rule counts this process. */
export function meets(rule: Pick<Rule, 'tests' | 'include'>, view: ProcessView, moment: Moment): Verdict {
  if (isLeftOut(rule, view, moment.world) !== undefined) return no
  let verdict = yes
  for (const test of rule.tests) {
    const one = holds(test, view, moment)
    if (one === no) return no
    if (one !== yes) verdict = one
  }
  return verdict
}

/** Why a process is not looked at, unless the rule asks for such. */
export function isLeftOut({ include }: Pick<Rule, 'include'>, view: ProcessView, { self }: World): string | undefined {
  if (view.isKernel && !include.includes('kernel')) return 'a kernel thread (include=kernel counts it)'
  if (view.hasEnded && !include.includes('zombies')) return 'a zombie (include=zombies counts it)'
  if (view.pid === self && !include.includes('self')) return 'the checker itself (include=self counts it)'
  return undefined
}

export function holds({ condition, negated }: Test, view: ProcessView, moment: Moment): Verdict {
  const verdict = ask(condition, view, moment)
  return negated ? negate(verdict) : verdict
}

function ask(condition: Condition, view: ProcessView, moment: Moment): Verdict {
  const { world } = moment
  switch (condition.field) {
    case 'name':
      return hasName(view, condition.value)
    case 'exe':
      return hasExe(view, condition.value)
    case 'script':
      return hasScript(view, condition.value)
    case 'args':
      return verdictOf(view.argv(), (argv) => linearPattern(condition.value)?.test(argv.join(' ')) === true, 'its arguments')
    case 'user':
      return verdictOf(view.credentials(), ({ uids }) => isOne(condition.who, uids[1], 'user', world), 'its user')
    case 'group':
      return verdictOf(view.credentials(), ({ gids }) => isOne(condition.who, gids[1], 'group', world), 'its group')
    case 'context':
      return hasContext(condition, view, world)
    case 'state':
      return condition.letters.includes(view.state) ? yes : no
    case 'ppid':
      return condition.pid === view.ppid ? yes : no
    case 'container':
      return isInContainer(condition.id, view)
    case 'cpu':
      return usesCpu(view, condition, moment)
    case 'memory':
    case 'vsz':
      return usesMemory(view, condition.field, condition.range, world)
    case 'elapsed':
      return hasAge(view, condition.range, world)
    case 'gid0':
      return verdictOf(view.credentials(), (credentials) => violatesGid0(credentials, condition), 'its ids')
    case 'deleted':
      return verdictOf(view.isDeleted(), (deleted) => deleted, 'its executable')
  }
}

function isOne(who: Principal, id: number | undefined, field: 'user' | 'group', { accounts }: World): boolean {
  if (id === undefined) return false
  if (who.kind === 'ids') return id >= who.from && id <= who.to
  return id === (who.kind === 'id' ? who.id : accounts.id(field, who.name))
}

function hasContext({ value, system }: Extract<Condition, { field: 'context' }>, view: ProcessView, { systems }: World): Verdict {
  let verdict = no
  for (const one of systems) {
    if (system !== undefined && one.name !== system) continue
    for (const file of one.files) {
      const text = view.label(file)
      if (text.kind === 'denied') verdict = unknown(`its label cannot be seen (${text.code})`)
      const label = text.kind === 'known' ? one.labelIn(text.value) : undefined
      if (label === undefined) continue
      if (one.matches(label, value)) return yes
      verdict = no
      break
    }
  }
  return verdict
}

function isInContainer(id: string, view: ProcessView): Verdict {
  const found = view.container()
  if (found.kind === 'denied') return unknown(`its container cannot be seen (${found.code})`)
  if (id === 'none') return found.kind === 'absent' ? yes : no
  if (found.kind === 'absent') return no
  return id === 'any' || found.value.startsWith(id) || id.startsWith(found.value) ? yes : no
}
