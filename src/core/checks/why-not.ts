import { showDuration, showSize } from '../units.ts'
import { type CheckedCredentials, type Drop, dropOf } from './credentials.ts'
import { holds } from './evaluate.ts'
import { showCondition } from './fields.ts'
import type { Fact, ProcessView } from './process-view.ts'
import { scriptOf } from './program.ts'
import type { Condition, Test } from './rule.ts'
import { ageMs, bytesOf, cpuPercent, type Moment } from './usage.ts'

/** Why a test does not hold for a process, for a person: what it is, and what it should be. */
export function whyNot(test: Test, view: ProcessView, moment: Moment): string {
  const verdict = holds(test, view, moment)
  if (typeof verdict === 'object') return verdict.unknown
  const { condition, negated } = test
  const wanted = showCondition(condition) ?? ''
  if (negated) return `exempt by ${condition.field}!=${wanted}`
  if (condition.field === 'gid0') return DROPS[dropOf(known(view.credentials()) ?? NOBODY)]
  if (condition.field === 'deleted') return 'its executable is there'
  return `${condition.field} is ${actual(condition, view, moment) ?? 'not known'}, not ${wanted}`
}

const DROPS: Readonly<Record<Drop, string>> = {
  none: 'it kept nothing of root',
  temporary: 'a temporary drop: its real or saved uid is 0',
  'group-kept': 'it kept group 0',
  'groups-kept': 'it kept group 0 among its supplementary groups (+groups counts it)',
  'capabilities-kept': 'it kept capabilities (+capabilities counts it)'
}

const NOBODY: CheckedCredentials = { uids: [], gids: [], groups: [], hasCapabilities: undefined }

type Asked = Exclude<Condition, { field: 'gid0' | 'deleted' }>

function actual(condition: Asked, view: ProcessView, moment: Moment): string | undefined {
  switch (condition.field) {
    case 'name':
      return view.comm
    case 'exe': {
      const script = scriptOf(view)
      return script === condition.value ? `${known(view.exe())}, which runs it as a script (script=${script} counts it)` : known(view.exe())
    }
    case 'script':
      return scriptOf(view) ?? 'none'
    case 'args':
      return known(view.argv())?.join(' ').slice(0, 200)
    case 'user':
      return text(known(view.credentials())?.uids[1])
    case 'group':
      return text(known(view.credentials())?.gids[1])
    case 'context':
      return moment.world.systems.flatMap(({ files }) => files.map((file) => known(view.label(file))?.replace(/[\0\n]+$/, '')))[0]
    case 'state':
      return view.state
    case 'ppid':
      return String(view.ppid)
    case 'container':
      return known(view.container()) ?? 'none'
    case 'cpu': {
      const percent = cpuPercent(view, condition.over, moment)
      return typeof percent === 'number' ? `${percent.toFixed(1)}%` : undefined
    }
    case 'memory':
    case 'vsz':
      return text(known(bytesOf(view, condition.field, moment.world)), showSize)
    case 'elapsed':
      return text(ageMs(view, moment.world), (ms) => showDuration(Math.round(ms / 1000) * 1000))
  }
}

const known = <T>(fact: Fact<T>): T | undefined => (fact.kind === 'known' ? fact.value : undefined)

const text = (value: number | undefined, show: (value: number) => string = String): string | undefined =>
  value === undefined ? undefined : show(value)
