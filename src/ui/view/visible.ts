import { type Filter, isSearching, judge, type Subject } from './filter.ts'

/** What a filter makes of a member of a tree: shown with all below it, shown only for what is below it, left out, forbidden with all below it. */
export type Visibility = 'shown' | 'holder' | 'other' | 'forbidden'

/**
 * Of a tree's members, parents before children (`parents`: index of each one's parent, -1: none). What is found stays with all below it
 * and with what holds it; what is forbidden goes with all below it. `whole`: the root of the tree was found itself.
 */
export function visibilityOf(filter: Filter, subjects: readonly Subject[], parents: readonly number[], whole: boolean): Visibility[] {
  const everything = whole || !isSearching(filter)
  const seen: Visibility[] = []
  for (const [index, subject] of subjects.entries()) {
    const above = seen[parents[index] ?? -1]
    seen.push(above === 'forbidden' ? 'forbidden' : inside(judge(filter, subject), everything || above === 'shown'))
  }
  for (let index = seen.length - 1; index >= 0; index--) {
    const parent = parents[index] ?? -1
    if ((seen[index] === 'shown' || seen[index] === 'holder') && seen[parent] === 'other') seen[parent] = 'holder'
  }
  return seen
}

function inside(judged: ReturnType<typeof judge>, held: boolean): Visibility {
  if (judged === 'hidden') return 'forbidden'
  return held || judged === 'found' ? 'shown' : 'other'
}

export const isVisible = (visibility: Visibility | undefined): boolean => visibility === 'shown' || visibility === 'holder'
