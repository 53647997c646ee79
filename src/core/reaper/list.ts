import type { Answers } from '../queries.ts'
import type { Registry } from './registry.ts'
import type { Showing } from './showing.ts'

/** In one answer. */
const MOST = 1000

/** Some of the pairs, in the order of registration. */
export function listPairs(from: number, most: number, registry: Registry, showing: Pick<Showing, 'pairOf'>): Answers['orphans'] {
  const end = from + Math.min(most, MOST)
  const pairs: Answers['orphans']['pairs'][number][] = []
  let at = 0
  for (const pair of registry.all()) {
    if (at >= end) break
    if (at >= from) pairs.push(showing.pairOf(pair))
    at += 1
  }
  return { total: registry.size, pairs }
}
