import type { CheckState } from '../../core/checks/state.ts'
import { describeStanding } from '../../core/checks/wording.ts'
import { clockTime, formatDuration } from '../format/time.ts'
import type { Line, Sign, Tone } from '../theme.ts'
import { field, heading, paragraph, sections, type TextContext } from './text.ts'

const STANDINGS: Readonly<Record<CheckState['state'], { readonly sign: Sign; readonly tone: Tone }>> = {
  ok: { sign: 'running', tone: 'good' },
  failing: { sign: 'failed', tone: 'alarm' },
  unknown: { sign: 'unknown', tone: 'warn' }
}

/** The rules of the process checks: how each stands, since when, its bounds, and who breaks it. */
export function checkLines(checks: readonly CheckState[], context: TextContext): Line[] {
  if (checks.length === 0)
    return paragraph(
      'No checks are configured. `checks:` in the configuration takes rules such as sshd:1- or exe=/usr/sbin/cron:1-1.',
      context
    )
  return sections(...checks.map((check) => checkSection(check, context)))
}

function checkSection(check: CheckState, context: TextContext): readonly Line[] {
  const { sign, tone } = STANDINGS[check.state]
  const since = `since ${clockTime(check.since)}, ${formatDuration(context.now - Date.parse(check.since))}`
  return [
    heading(`CHECK ${check.name}`),
    ...field('state', `${context.look.glyphs.signs[sign]} ${describeStanding(check)}, ${since}`, context, tone),
    ...field('rule', check.rule, context),
    ...field('count', `${check.count ?? 'unknown'}, wanted ${boundsOf(check)}`, context),
    ...field('when it fails', check.action, context),
    ...check.processes.flatMap((process, index) =>
      field(index === 0 ? 'processes' : '', `${process.pid} ${process.command || process.comm}`, context)
    ),
    ...(check.count !== undefined && check.count > check.processes.length && check.processes.length > 0
      ? field('', `and ${check.count - check.processes.length} more`, context, 'dim')
      : [])
  ]
}

function boundsOf({ min, max }: Pick<CheckState, 'min' | 'max'>): string {
  if (min !== undefined && max !== undefined) return min === max ? `exactly ${min}` : `${min} to ${max}`
  if (min !== undefined) return `at least ${min}`
  return max === undefined ? 'any number' : `at most ${max}`
}
