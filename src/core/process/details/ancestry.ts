import type { ProcessTable } from '../../ports.ts'
import type { ProcessDetails } from '../../queries.ts'

/** A process further up. */
export type Ancestor = ProcessDetails['ancestors'][number]

export const MOST_ANCESTORS = 64

/** The parents of now, from this one up: those that adopted for who was orphaned. What a cache knows goes before it. */
export function ancestorsByParents(table: Pick<ProcessTable, 'inspect'>, ppid: number | undefined): readonly Ancestor[] {
  const found: Ancestor[] = []
  let next = ppid
  while (next !== undefined && next > 0 && found.length < MOST_ANCESTORS && !found.some(({ pid }) => pid === next)) {
    const parent = table.inspect(next)
    if (parent === undefined) break
    found.push({ pid: parent.pid, execId: parent.execId, command: parent.command })
    next = parent.ppid
  }
  return found
}
