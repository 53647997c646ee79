import type { SupervisorState } from '../store.ts'
import { counter, type Family, gauge, only, type Sample, yes } from './family.ts'
import type { LoopDelay } from './loop-delay.ts'
import { nodeFamilies } from './node-families.ts'
import type { Tally } from './tally.ts'

/** What the metrics are made of. */
export interface Measured {
  readonly state: SupervisorState
  readonly tally: Tally
  readonly own: { readonly cpuSeconds: number; readonly rssBytes: number; readonly loopDelay: LoopDelay | undefined }
  /** Wall clock, ms. */
  readonly now: number
}

/** Every metric, in the order in which they are written. Pure. */
export function familiesOf(measured: Measured): readonly Family[] {
  return [
    ...runFamilies(measured),
    ...nodeFamilies(measured),
    ...orphanFamilies(measured),
    ...checkFamilies(measured),
    ...ownFamilies(measured)
  ]
}

function runFamilies({ state, tally }: Measured): Family[] {
  const { name, host, version, level, compat, sampler, startedAt, dryRun, intervalMs, shutdown } = state.run
  return [
    gauge('info', 'The supervisor; always 1.', [[{ name, host, version, level, compat, sampler }, 1]]),
    gauge(
      'start_time_seconds',
      'When it was started, seconds since the epoch.',
      only(startedAt === undefined ? undefined : Date.parse(startedAt) / 1000)
    ),
    gauge('stopping', 'Whether its end has begun.', only(yes(shutdown !== undefined))),
    gauge('dry_run', 'Whether it only measures and stops nothing.', only(yes(dryRun))),
    gauge('check_interval_seconds', 'Between two checks of the watchdog.', only(intervalMs / 1000)),
    counter('events_total', 'Events so far, all of them.', only(state.lastSeq)),
    counter('problems_total', 'Problems of the supervisor itself.', only(tally.problems())),
    counter('reloads_total', 'Reloads of the configuration.', only(tally.reloads()))
  ]
}

function orphanFamilies({ state: { orphans }, tally }: Measured): Family[] {
  return [
    gauge('orphans', 'Registered pairs by state.', [
      [{ state: 'armed' }, orphans.armed],
      [{ state: 'acting' }, orphans.acting]
    ]),
    gauge('orphan_parents', 'Parents with registered children.', only(orphans.parents)),
    counter('orphan_refusals_total', 'Requests about orphans that were refused.', only(orphans.refused)),
    counter('orphans_ended_total', 'Orphans that were acted on, by outcome.', [
      ...[...tally.orphans].map(([outcome, value]): Sample => [{ outcome }, value])
    ])
  ]
}

const STANDINGS = ['ok', 'failing', 'unknown'] as const

function checkFamilies({ state: { checks } }: Measured): Family[] {
  return [
    gauge(
      'check_state',
      'What a process check says: 1 for one state, 0 for the others.',
      checks.flatMap(({ name, state }) => STANDINGS.map((one): Sample => [{ check: name, state: one }, yes(state === one)]))
    ),
    gauge(
      'check_processes',
      'Processes that match a process check.',
      checks.flatMap(({ name, count }): Sample[] => (count === undefined ? [] : [[{ check: name }, count]]))
    )
  ]
}

function ownFamilies({ own: { cpuSeconds, rssBytes, loopDelay } }: Measured): Family[] {
  const delays: readonly Sample[] =
    loopDelay === undefined
      ? []
      : [
          [{ statistic: 'p50' }, loopDelay.p50],
          [{ statistic: 'p99' }, loopDelay.p99],
          [{ statistic: 'max' }, loopDelay.max]
        ]
  return [
    counter('self_cpu_seconds_total', 'CPU time of the supervisor itself.', only(cpuSeconds)),
    gauge('self_memory_bytes', 'Resident memory of the supervisor itself.', only(rssBytes)),
    gauge('self_loop_delay_seconds', 'How late its timers were since the metrics were last asked for.', delays)
  ]
}
