import type { SupervisorState } from '../../store.ts'
import { formatPercent } from '../format/percent.ts'
import { formatBytes } from '../format/size.ts'
import { clockTime, formatSeconds } from '../format/time.ts'
import type { Line } from '../theme.ts'
import { tell } from '../words/events.ts'
import { field, heading, sections, type TextContext } from './text.ts'

/** About this run: its settings, what this machine lacks and what takes its place, warnings. */
export function runLines({ run, problems }: SupervisorState, context: TextContext): Line[] {
  const self = run.self === undefined ? '' : `, ${formatPercent(run.self.cpuPercent)}% CPU, ${formatBytes(run.self.rssBytes)}`
  const signs = context.look.glyphs.signs
  return sections(
    [
      heading('THIS RUN'),
      ...field('name', `${run.name} on ${run.host}`, context),
      ...field('supervisor', `tsupervise ${run.version}, pid ${run.pid}${self}`, context),
      ...field(
        'level',
        `${run.level}${run.compat === 'none' ? '' : `, rules of ${run.compat}`}${run.dryRun ? ', dry run: nothing is stopped' : ''}`,
        context
      ),
      ...field(
        'check',
        `every ${formatSeconds(run.intervalMs)}, ${Number(run.logicalCpus.toFixed(2))} CPUs, sampler ${run.sampler}`,
        context
      )
    ],
    run.facilities.length === 0
      ? []
      : [
          heading('WHAT THIS MACHINE OFFERS'),
          ...run.facilities.flatMap((facility) =>
            facility.available
              ? field(facility.name, signs.running, context, 'good', 20)
              : field(facility.name, `${signs.failed} ${facility.detail}`, context, 'warn', 20)
          )
        ],
    problems.length === 0
      ? []
      : [
          heading('WARNINGS'),
          ...problems.toReversed().flatMap((event) => field(clockTime(event.time), tell(event)?.text ?? event.type, context, 'warn'))
        ]
  )
}
