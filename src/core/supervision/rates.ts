import type { NodeSample } from '../events.ts'
import { identityKey, sameProcess } from '../process/identity.ts'
import type { ProcessSample, TreeSample } from '../process/sample.ts'

type RatedProcess = NodeSample['processes'][number]

/** Percent of one CPU, to a tenth: small jitter must not redraw a row. */
const percent = (usedMs: number, elapsedMs: number): number =>
  elapsedMs <= 0 ? 0 : Math.round((Math.max(0, usedMs) / elapsedMs) * 1000) / 10

/** A refresh: what was read, and what was shown of it. */
export interface Rated {
  readonly read: TreeSample
  readonly shown: NodeSample
}

/** What the screen shows of a tree: rates over the measured time since the refresh before. A process that still does not run is the same object. */
export function rateTree(node: string, previous: Rated | undefined, current: TreeSample): NodeSample {
  const before = previous?.read
  const elapsed = before === undefined ? 0 : current.at - before.at
  const cpuBefore = finderOfCpu(before?.processes ?? [])
  return {
    node,
    cpuPercent: before === undefined ? 0 : percent(current.cpuMs - before.cpuMs, elapsed),
    cpuSource: current.cpuSource,
    rssBytes: current.rssBytes,
    processes: current.processes.map((process, index) => {
      const shown = before?.processes[index] === process ? previous?.shown.processes[index] : undefined
      return shown?.cpuPercent === 0 ? shown : rateProcess(process, cpuBefore(process, index), elapsed)
    })
  }
}

/** Finds what a process had used: most stand where they stood. */
function finderOfCpu(processes: readonly ProcessSample[]): (process: ProcessSample, index: number) => number | undefined {
  let byKey: Map<string, number> | undefined
  return (process, index) => {
    const there = processes[index]
    if (there !== undefined && sameProcess(there, process)) return there.cpuMs
    byKey ??= new Map(processes.map((known) => [identityKey(known), known.cpuMs]))
    return byKey.get(identityKey(process))
  }
}

function rateProcess(process: ProcessSample, before: number | undefined, elapsed: number): RatedProcess {
  return { ...process, cpuPercent: before === undefined ? 0 : percent(process.cpuMs - before, elapsed) }
}
