import type { ProcessTable } from '../ports.ts'
import type { TreeSample } from '../process/sample.ts'

/** One refresh of the table at a time: whoever asks while one is under way shares its result. */
export function createRefresher(table: ProcessTable): () => Promise<ReadonlyMap<string, TreeSample>> {
  let underWay: Promise<ReadonlyMap<string, TreeSample>> | undefined
  return () => {
    underWay ??= table.refresh().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}
