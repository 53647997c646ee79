import type { OrphansState } from '../../store.ts'
import { type Filter, isSearching, judge } from './filter.ts'
import { ORPHANS_KEY, pairKey, type Row, type RowKey } from './row.ts'
import { subjectOfPair } from './subject.ts'

const NAME = 'orphans'

/** The heading, the pairs, and how many are not listed; nothing where nobody registers anything. */
export function orphanRows(orphans: OrphansState, folded: ReadonlySet<RowKey>, filter: Filter | undefined): readonly Row[] {
  const registered = orphans.armed + orphans.acting
  if (registered === 0 && orphans.pairs.length === 0 && orphans.socket === undefined) return []
  const pairs = filter === undefined ? orphans.pairs : orphans.pairs.filter((pair) => isWanted(filter, judge(filter, subjectOfPair(pair))))
  if (filter !== undefined && pairs.length === 0) return []
  const unlisted = filter === undefined ? Math.max(0, registered - orphans.pairs.length) : 0
  const holds = pairs.length + unlisted > 0
  const fold = !holds ? 'none' : folded.has(ORPHANS_KEY) ? 'folded' : 'open'
  const heading: Row = { kind: 'orphans', key: ORPHANS_KEY, name: NAME, fold, orphans }
  if (fold !== 'open') return [heading]
  return [
    heading,
    ...pairs.map(
      (pair, index): Row => ({
        kind: 'orphan',
        key: pairKey(pair),
        name: NAME,
        fold: 'none',
        pair,
        isLast: unlisted === 0 && index === pairs.length - 1
      })
    ),
    ...(unlisted === 0 ? [] : [{ kind: 'more', key: 'more orphans', name: NAME, fold: 'none', count: unlisted } as const])
  ]
}

const isWanted = (filter: Filter, judged: ReturnType<typeof judge>): boolean =>
  isSearching(filter) ? judged === 'found' : judged !== 'hidden'
