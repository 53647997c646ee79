import type { NodeSettings, Source } from '../core/settings.ts'
import type { Ledger } from './ledger.ts'
import { suggestion } from './nearest.ts'
import { type Place, type Problem, placeOf } from './problem.ts'

const pathOf = (node: NodeSettings): string => (node.kind === 'worker' ? 'worker' : `extensions.${node.name}`)

const placeAt = (source: Source | undefined): Place => (source && placeOf(source)) ?? { name: 'configuration' }

/** What is only wrong when nodes are looked at together: names, and the order of the start. */
export function crossCheck(
  nodes: readonly NodeSettings[],
  exitWithWorker: { readonly value: boolean; readonly source: Source },
  ledger: Ledger,
  problems: Problem[]
): void {
  const report = (source: Source | undefined, message: string): void => {
    problems.push({ place: placeAt(source), message })
  }
  const worker = nodes.find((node) => node.kind === 'worker')
  if (exitWithWorker.value && worker === undefined) report(exitWithWorker.source, 'exitWithWorker needs a worker, but there is none')

  const names = nodes.map((node) => node.name)
  for (const node of nodes) {
    if (node.kind === 'extension' && node.name === worker?.name) {
      report(
        ledger.entries.get(`${pathOf(node)}.command`)?.source,
        `the extension '${node.name}' has the name of the worker; names must differ`
      )
    }
    const source = ledger.entries.get(`${pathOf(node)}.after`)?.source
    for (const wanted of node.after) {
      if (wanted === node.name) report(source, `'${node.name}' cannot start after itself`)
      else if (!names.includes(wanted))
        report(
          source,
          `${pathOf(node)}.after: there is no node '${wanted}'${suggestion(
            wanted,
            names.filter((name) => name !== node.name)
          )}`
        )
    }
  }
  for (const circle of findCircles(nodes)) {
    const first = nodes.find((node) => node.name === circle[0])
    report(
      first && ledger.entries.get(`${pathOf(first)}.after`)?.source,
      `these nodes wait for each other: ${[...circle, circle[0]].join(' -> ')}`
    )
  }
}

/** Nodes that wait for one that is not started by itself: somebody has to start that one first. */
export function doubtsAbout(nodes: readonly NodeSettings[], ledger: Ledger): readonly Problem[] {
  const disabled = new Set(nodes.filter(({ enabled }) => !enabled).map(({ name }) => name))
  return nodes
    .filter(({ enabled }) => enabled)
    .flatMap((node) => node.after.filter((wanted) => disabled.has(wanted)).map((wanted) => [node, wanted] as const))
    .map(([node, wanted]) => ({
      place: placeAt(ledger.entries.get(`${pathOf(node)}.after`)?.source),
      message: `'${node.name}' waits until '${wanted}' is started by hand, which is disabled`
    }))
}

type Waiting = Pick<NodeSettings, 'name' | 'after'>

/** Circles of `after` between different nodes, each once, as names in order. */
export function findCircles(nodes: readonly Waiting[]): readonly (readonly string[])[] {
  const blocked = blockedNodes(nodes)
  const circles: (readonly string[])[] = []
  while (blocked.size > 0) {
    const trail: string[] = []
    let name = [...blocked.keys()][0]
    while (name !== undefined && !trail.includes(name)) {
      trail.push(name)
      name = blocked.get(name)?.find((wanted) => blocked.has(wanted))
    }
    if (name !== undefined) circles.push(trail.slice(trail.indexOf(name)))
    for (const seen of trail) blocked.delete(seen)
  }
  return circles
}

/** Nodes that can never start, since they wait for one that cannot either, and for whom they wait. */
function blockedNodes(nodes: readonly Waiting[]): Map<string, readonly string[]> {
  const blocked = new Map(nodes.map(({ name, after }) => [name, after.filter((wanted) => wanted !== name)]))
  for (let before = -1; before !== blocked.size; ) {
    before = blocked.size
    for (const [name, after] of blocked) if (!after.some((wanted) => blocked.has(wanted))) blocked.delete(name)
  }
  return blocked
}
