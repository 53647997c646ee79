import type { NodeSample } from '../events.ts'
import { identityKey } from '../process/identity.ts'
import type { ProcessSample, TreeSample } from '../process/sample.ts'

type RatedProcess = NodeSample['processes'][number]

/** Percent of one CPU, to a tenth: small jitter must not redraw a row. */
const percent = (usedMs: number, elapsedMs: number): number =>
  elapsedMs <= 0 ? 0 : Math.round((Math.max(0, usedMs) / elapsedMs) * 1000) / 10

/** What the screen shows of a tree: rates over the measured time since the refresh before. */
export function rateTree(node: string, previous: TreeSample | undefined, current: TreeSample): NodeSample {
  const elapsed = previous === undefined ? 0 : current.at - previous.at
  const before = new Map((previous?.processes ?? []).map((process) => [identityKey(process), process.cpuMs]))
  return {
    node,
    cpuPercent: previous === undefined ? 0 : percent(current.cpuMs - previous.cpuMs, elapsed),
    cpuSource: current.cpuSource,
    rssBytes: current.rssBytes,
    processes: current.processes.map((process) => rateProcess(process, before.get(identityKey(process)), elapsed))
  }
}

function rateProcess(process: ProcessSample, before: number | undefined, elapsed: number): RatedProcess {
  return { ...process, cpuPercent: before === undefined ? 0 : percent(process.cpuMs - before, elapsed) }
}
