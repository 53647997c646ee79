import type { Redact } from '../output/redact.ts'
import type { ProcessTable } from '../ports.ts'
import type { ProcessSample, TreeSample } from './sample.ts'

/** Command lines come again and again; patterns are slow. */
const MAX_REMEMBERED = 4096

/**
 * The same table without secrets in command lines, so that nothing behind it (screen, log, receipts, event file) can show one.
 * What did not change keeps its identity.
 */
export function redactTable(table: ProcessTable, redact: Redact): ProcessTable {
  const texts = new Map<string, string>()
  let samples = new WeakMap<ProcessSample, ProcessSample>()
  let { generation } = redact

  const shownText = (text: string): string => {
    const known = texts.get(text)
    if (known !== undefined) return known
    if (texts.size >= MAX_REMEMBERED) texts.clear()
    const shown = redact(text)
    texts.set(text, shown)
    return shown
  }

  const forgetIfChanged = (): void => {
    if (redact.generation === generation) return
    generation = redact.generation
    texts.clear()
    samples = new WeakMap()
    last.clear()
  }

  const shown = (sample: ProcessSample): ProcessSample => {
    forgetIfChanged()
    const known = samples.get(sample)
    if (known !== undefined) return known
    const command = shownText(sample.command)
    const redacted = command === sample.command ? sample : { ...sample, command }
    samples.set(sample, redacted)
    return redacted
  }

  /** Of each node what came last, and what was made of it: most processes stand where they stood, as they were. */
  const last = new Map<string, { readonly given: readonly ProcessSample[]; readonly shown: readonly ProcessSample[] }>()

  const shownTrees = (trees: ReadonlyMap<string, TreeSample>): ReadonlyMap<string, TreeSample> => {
    forgetIfChanged()
    for (const node of last.keys()) if (!trees.has(node)) last.delete(node)
    return new Map([...trees].map(([node, tree]) => [node, { ...tree, processes: shownProcesses(node, tree.processes) }]))
  }

  const shownProcesses = (node: string, given: readonly ProcessSample[]): readonly ProcessSample[] => {
    const before = last.get(node)
    const processes = given.map((sample, index) => (before?.given[index] === sample ? before.shown[index] : undefined) ?? shown(sample))
    last.set(node, { given, shown: processes })
    return processes
  }

  return {
    sampler: table.sampler,
    get facilities() {
      return table.facilities
    },
    track: (tree) => table.track(tree),
    untrack: (node) => table.untrack(node),
    refresh: async () => shownTrees(await table.refresh()),
    members: async (node) => (await table.members(node)).map(shown),
    owner: (target) => table.owner(target),
    pss: (node) => table.pss(node),
    onDeath: (listener) => table.onDeath((death) => listener({ ...death, process: shown(death.process) })),
    inspect(pid) {
      const sample = table.inspect(pid)
      return sample === undefined ? undefined : shown(sample)
    },
    strays: async () => (await table.strays()).map(shown),
    close: () => table.close()
  }
}
