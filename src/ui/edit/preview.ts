import type { NodeState, RunState } from '../../store.ts'
import { formatBytes } from '../format/size.ts'
import { formatLeft, formatSeconds } from '../format/time.ts'
import { delayLeft } from '../view/pressure.ts'
import type { EditField } from '../view/state.ts'

/** What a new limit would mean for the node as it is now. */
export interface Preview {
  readonly stops: boolean
  readonly text: string
}

/** `value` in the units of the command. `now` is the wall clock, ms. */
export function previewLimit(node: NodeState, run: RunState, field: EditField, value: number, now: number): Preview {
  const preview = PREVIEWS[field](node, run, value)
  if (!preview.stops) return preview
  if (node.description.observe || run.dryRun) return { stops: false, text: `${preview.text}, but it is only observed` }
  const wait = delayLeft(node, now)
  return wait === undefined ? preview : { ...preview, text: `${preview.text} after its start delay (${formatLeft(wait)} left)` }
}

const PREVIEWS: Readonly<Record<EditField, (node: NodeState, run: RunState, value: number) => Preview>> = {
  memory: (node, _, bytes) => {
    const growth = node.ledger.at(-1)?.memory.growthBytes
    if (growth === undefined) return NOT_CHECKED
    const now = `now at +${formatBytes(growth)}`
    if (growth <= bytes) return { stops: false, text: `${now}: ${formatBytes(bytes - growth)} below the limit` }
    const patience = node.description.limits.memoryLatency.value
    return patience === 0
      ? { stops: true, text: `${now}: would be stopped at the next check` }
      : { stops: true, text: `${now}: would be stopped when over for ${formatSeconds(patience)}` }
  },
  cpu: (node, run, percent) => {
    const last = node.ledger.at(-1)
    if (last === undefined) return NOT_CHECKED
    const used = (last.cpu.usedMs / (last.intervalMs * run.logicalCpus)) * 100
    const now = `now at ${used.toFixed(1)}% of all CPUs`
    return used > percent
      ? { stops: true, text: `${now}: would be stopped if it stays there for ${formatSeconds(node.description.limits.latency.value)}` }
      : { stops: false, text: `${now}: below the limit` }
  },
  latency: (node, _, ms) => {
    const last = node.ledger.at(-1)
    if (last === undefined) return NOT_CHECKED
    if (!last.cpu.over) return { stops: false, text: 'not over its CPU limit now' }
    const now = `over its CPU limit for ${formatSeconds(last.cpu.sustainedMs)}`
    return last.cpu.sustainedMs >= ms
      ? { stops: true, text: `${now}: would be stopped at the next check` }
      : { stops: true, text: `${now}: would be stopped in ${formatLeft(ms - last.cpu.sustainedMs)} if it stays there` }
  },
  respawnLimit: (node, _, count) => {
    const left = count - node.budget.uses
    const used = `${node.budget.uses} used in this window`
    return left > 0 ? { stops: false, text: `${used}: ${left} left` } : { stops: false, text: `${used}: the next end would be the last` }
  }
}

const NOT_CHECKED: Preview = { stops: false, text: 'not checked yet: takes effect at the first check' }
