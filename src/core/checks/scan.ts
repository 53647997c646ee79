import { pause } from '../clock.ts'
import type { Clock } from '../ports.ts'
import { blockerOf } from './blockers.ts'
import { type CpuSample, type CpuSamples, sampleCpu, windowsOf } from './cpu-samples.ts'
import { cheapestFirst, meets } from './evaluate.ts'
import { type ProcessView, viewProcess } from './process-view.ts'
import type { Rule } from './rule.ts'
import type { Moment } from './usage.ts'
import { lookAround, type Place } from './world.ts'

/** What one look at all processes says of one rule. */
export interface Tally {
  readonly rule: Rule
  /** In the order of their start. */
  readonly matched: readonly ProcessView[]
  /** Those that may match, with why it is not known. */
  readonly uncertain: readonly { readonly view: ProcessView; readonly reason: string }[]
  /** Why the count says nothing; undefined: it does. */
  readonly blocked: string | undefined
  readonly moment: Moment
}

export interface ScanPorts {
  readonly clock: Clock
  readonly place: Place
  /** Called between every few processes, so that a supervisor has time for others; undefined: nobody waits. */
  readonly breathe?: () => Promise<void>
  /** Called for every process that is looked at. */
  readonly onView?: (view: ProcessView, moment: Moment) => void
}

const SLICE = 100

/** Looks at every process once, after as long as the longest CPU window of these rules. */
export async function scan(rules: readonly Rule[], ports: ScanPorts): Promise<readonly Tally[]> {
  const cpu = await sampleWindows(rules, ports)
  const world = await lookAround(ports.place, rules)
  const moment: Moment = { world, now: ports.clock.now(), cpu }
  const tallies = rules.map((rule) => ({ rule, asked: cheapestFirst(rule), matched: [] as ProcessView[], uncertain: [] as Uncertain[] }))
  let refused: string | undefined
  for (const [index, pid] of world.pids.entries()) {
    if (ports.breathe !== undefined && index % SLICE === SLICE - 1) await ports.breathe()
    const view = viewProcess(world.files, pid)
    if (view.kind === 'denied') refused = `processes of others cannot be seen (${view.code})`
    if (view.kind !== 'known') continue
    ports.onView?.(view.value, moment)
    for (const { asked, matched, uncertain } of tallies) {
      const verdict = meets(asked, view.value, moment)
      if (verdict === 'yes') matched.push(view.value)
      else if (verdict !== 'no') uncertain.push({ view: view.value, reason: verdict.unknown })
    }
  }
  return tallies.map(({ rule, matched, uncertain }) => ({
    rule,
    matched: matched.sort((a, b) => a.startTime - b.startTime || a.pid - b.pid),
    uncertain,
    blocked: world.unseen ?? refused ?? blockerOf(rule, world, matched.length + uncertain.length),
    moment
  }))
}

type Uncertain = Tally['uncertain'][number]

/** The samples that windows begin with, so that all of them end together, now. */
async function sampleWindows(rules: readonly Rule[], { clock, place }: ScanPorts): Promise<CpuSamples> {
  const windows = windowsOf(rules)
  const samples = new Map<number, CpuSample>()
  const end = clock.now() + (windows[0] ?? 0)
  for (const window of windows) {
    await pauseUntil(clock, end - window)
    samples.set(window, sampleCpu(await lookAround(place, []), clock.now()))
  }
  if (windows.length > 0) await pauseUntil(clock, end)
  return samples
}

async function pauseUntil(clock: Clock, at: number): Promise<void> {
  const rest = at - clock.now()
  if (rest > 0) await pause(clock, rest)
}
