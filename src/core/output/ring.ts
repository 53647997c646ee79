import { cutBytes } from './cut.ts'
import type { LogLine } from './log-line.ts'

/** Longest line that is kept, bytes of UTF-8. */
export const MAX_LINE_BYTES = 64 * 1024

/** Counted for each line besides its text: what an object of this shape takes. */
const LINE_OVERHEAD_BYTES = 128

export interface Ring {
  /** Keeps the line, and gives the number of older ones that had to go. */
  push(line: LogLine): number
  /** Oldest first. */
  lines(): readonly LogLine[]
  readonly size: number
  readonly bytes: number
}

/** The newest lines of one stream, at most `maxLines` of them and at most `maxBytes` together (the newest always stays). */
export function createRing(maxLines: number, maxBytes: number): Ring {
  /** Those before `first` are removed, their places empty. */
  let kept: (LogLine | undefined)[] = []
  let first = 0
  let bytes = 0

  const removeOldest = (): void => {
    const oldest = kept[first]
    if (oldest === undefined) return
    bytes -= costOf(oldest)
    kept[first] = undefined
    first += 1
    if (first < 1024 || first * 2 < kept.length) return
    kept = kept.slice(first)
    first = 0
  }

  return {
    push(line) {
      const text = cutBytes(line.text, MAX_LINE_BYTES)
      const stored = text === line.text ? line : { ...line, text }
      kept.push(stored)
      bytes += costOf(stored)
      let removed = 0
      while (kept.length - first > 1 && (kept.length - first > maxLines || bytes > maxBytes)) {
        removeOldest()
        removed += 1
      }
      return removed
    },
    lines: () => kept.slice(first).filter((line) => line !== undefined),
    get size() {
      return kept.length - first
    },
    get bytes() {
      return bytes
    }
  }
}

const costOf = (line: LogLine): number => Buffer.byteLength(line.text) + LINE_OVERHEAD_BYTES
