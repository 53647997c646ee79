import type { OrphansState } from '../../store.ts'
import { type Filter, isSearching, judge } from './filter.ts'
import { orphansKey, pairKey, type Row, type RowKey } from './row.ts'
import { subjectOfPair } from './subject.ts'

const NAME = 'orphans'

/** Whose orphans they are: of the only supervisor (no label), or of one of several; `nested`: below its row. */
export interface Registrar {
  readonly label: string | undefined
  readonly nested: boolean
}

const ALONE: Registrar = { label: undefined, nested: false }

/** The heading, the pairs, and how many are not listed; nothing where nobody registers anything. */
export function orphanRows(
  orphans: OrphansState,
  folded: ReadonlySet<RowKey>,
  filter: Filter | undefined,
  { label, nested }: Registrar = ALONE
): readonly Row[] {
  const registered = orphans.armed + orphans.acting
  if (registered === 0 && orphans.pairs.length === 0 && orphans.socket === undefined) return []
  const name = label === undefined ? NAME : `${label}/${NAME}`
  const pairs =
    filter === undefined ? orphans.pairs : orphans.pairs.filter((pair) => isWanted(filter, judge(filter, subjectOfPair(pair, name))))
  if (filter !== undefined && pairs.length === 0) return []
  const unlisted = filter === undefined ? Math.max(0, registered - orphans.pairs.length) : 0
  const key = orphansKey(label)
  const fold = pairs.length + unlisted === 0 ? 'none' : folded.has(key) ? 'folded' : 'open'
  const heading: Row = { kind: 'orphans', key, name, fold, orphans, label, nested }
  if (fold !== 'open') return [heading]
  return [
    heading,
    ...pairs.map(
      (pair, index): Row => ({
        kind: 'orphan',
        key: pairKey(pair),
        name,
        fold: 'none',
        pair,
        nested,
        isLast: unlisted === 0 && index === pairs.length - 1
      })
    ),
    ...(unlisted === 0 ? [] : [{ kind: 'more', key: `more ${key}`, name, fold: 'none', count: unlisted, nested } as const])
  ]
}

const isWanted = (filter: Filter, judged: ReturnType<typeof judge>): boolean =>
  isSearching(filter) ? judged === 'found' : judged !== 'hidden'
