import { distance } from 'fastest-levenshtein'

/** The known word that was probably meant: at most a third of its letters (and at least one) differ, upper case or not. */
export function nearest(found: string, known: readonly string[]): string | undefined {
  if (found.length > 64) return undefined
  const plain = found.toLowerCase()
  let best: { word: string; changes: number } | undefined
  for (const word of known) {
    const changes = isShuffled(plain, word.toLowerCase()) ? 1 : distance(plain, word.toLowerCase())
    if (changes <= Math.max(1, Math.floor(word.length / 3)) && (best === undefined || changes < best.changes)) best = { word, changes }
  }
  return best?.word
}

/** Letters that changed places count as one change. */
const isShuffled = (a: string, b: string): boolean => a !== b && a.length === b.length && [...a].sort().join('') === [...b].sort().join('')

/** `; did you mean 'memory'?`, or what there is to choose from. */
export function suggestion(found: string, known: readonly string[]): string {
  const word = nearest(found, known)
  if (word !== undefined) return `; did you mean '${word}'?`
  return known.length === 0 ? '' : `; known: ${known.join(', ')}`
}
