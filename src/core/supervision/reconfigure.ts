import { isDeepStrictEqual } from 'node:util'
import type { NodeDescription } from '../events.ts'
import type { ReloadAction } from '../queries.ts'
import type { NodeSettings } from '../settings.ts'
import type { Run } from './context.ts'
import { createNodeRunner, describeNode, type NodeRunner } from './node-runner.ts'
import { isAtRest } from './shutdown.ts'

export interface Reconfiguration {
  readonly nodes: readonly NodeSettings[]
  /** What is to be done with each node whose life changes. */
  readonly actions: ReadonlyMap<string, ReloadAction>
  /** Who asked, for receipts. */
  readonly by: string
}

export interface ReconfigureTargets {
  readonly run: Run
  readonly runners: Map<string, NodeRunner>
  readonly redact: (text: string) => string
  readonly isShuttingDown: () => boolean
}

/** Makes the nodes of a run those of another configuration. */
export interface Reconfigurer {
  apply(reconfiguration: Reconfiguration): void
  /** A node came to rest: what waited for that goes on. */
  advance(): void
  /** It is not wanted any more, and not gone yet. */
  isLeaving(node: string): boolean
}

/**
 * Those that are not wanted any more stop and are forgotten; new ones start when those are gone, which may hold what they need
 * (a port, a file). A name that is given to a node of the other kind is a new node.
 */
export function createReconfigurer({ run, runners, redact, isShuttingDown }: ReconfigureTargets): Reconfigurer {
  const { emit, output } = run.ports
  const leaving = new Set<NodeRunner>()
  let arriving: readonly NodeSettings[] = []

  const remove = (runner: NodeRunner, by: string): void => {
    leaving.add(runner)
    runner.feed({ type: 'stop', by })
  }

  const change = (runner: NodeRunner, settings: NodeSettings, action: ReloadAction | undefined, by: string): void => {
    const before: NodeDescription = describeNode(runner.settings(), redact)
    runner.reconfigure(settings)
    output.configure(settings.name, settings.log.ringLines)
    const description = describeNode(runner.settings(), redact)
    if (!isDeepStrictEqual(before, description)) emit({ type: 'node-changed', description }, { node: runner.name })
    if (action === 'restart' || action === 'start' || action === 'stop') runner.feed({ type: action, by })
  }

  const add = (settings: NodeSettings): void => {
    const runner = createNodeRunner(settings, run)
    runners.set(settings.name, runner)
    output.configure(settings.name, settings.log.ringLines)
    emit({ type: 'node-added', description: describeNode(settings, redact) }, { node: settings.name })
  }

  const advance = (): void => {
    for (const runner of leaving) {
      if (!isAtRest(runner)) continue
      leaving.delete(runner)
      runners.delete(runner.name)
      output.forget(runner.name)
      emit({ type: 'node-removed' }, { node: runner.name })
    }
    if (leaving.size > 0 || arriving.length === 0 || isShuttingDown()) return
    const nodes = arriving
    arriving = []
    for (const node of nodes) add(node)
    for (const { name, enabled } of nodes) if (enabled) runners.get(name)?.feed({ type: 'start', by: 'reload' })
  }

  return {
    apply({ nodes, actions, by }) {
      const wanted = new Map(nodes.map((node) => [node.name, node]))
      const stays = (runner: NodeRunner): boolean => !leaving.has(runner) && wanted.get(runner.name)?.kind === runner.settings().kind
      const staying = [...runners.values()].filter(stays)
      for (const runner of [...runners.values()].filter((one) => !leaving.has(one) && !stays(one))) remove(runner, by)
      arriving = nodes.filter(({ name }) => !staying.some((runner) => runner.name === name))
      for (const runner of staying) {
        const settings = wanted.get(runner.name)
        if (settings !== undefined) change(runner, settings, actions.get(runner.name), by)
      }
      advance()
    },
    advance,
    isLeaving: (node) => [...leaving].some(({ name }) => name === node)
  }
}
