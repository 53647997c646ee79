import type { Cancel, Clock } from '../ports.ts'
import { countLines, eachLine } from './line-blocks.ts'

/** What may be handed over within one window; the rest is dropped and counted. */
export interface LineRates {
  readonly windowMs: number
  readonly lines: number
  readonly bytes: number
}

/** 10,000 lines and 10 MiB a second for each stream: more than a person or a log file wants of one program. */
export const LINE_RATES: LineRates = { windowMs: 100, lines: 1000, bytes: 1_048_576 }

export interface LineBudget {
  /** Whole lines, as of `LineBlocks`. */
  push(block: Buffer): void
  /** Reports what was dropped last. */
  end(): void
}

/**
 * Hands lines over, at most so many in a window that a flood neither fills memory nor keeps the loop busy.
 * `onDropped` is called at most once a window.
 */
export function createLineBudget(options: {
  readonly clock: Clock
  readonly onLine: (line: string) => void
  readonly onDropped: (lines: number) => void
  readonly rates?: LineRates
}): LineBudget {
  const { clock, onLine, onDropped, rates = LINE_RATES } = options
  let window = { startedAt: clock.now(), lines: 0, bytes: 0 }
  let dropped = 0
  let cancelReport: Cancel | undefined

  const report = (): void => {
    cancelReport?.()
    cancelReport = undefined
    if (dropped === 0) return
    const lines = dropped
    dropped = 0
    onDropped(lines)
  }

  const drop = (lines: number): void => {
    if (lines === 0) return
    dropped += lines
    cancelReport ??= clock.after(rates.windowMs, report)
  }

  const take = (line: string): boolean => {
    if (window.lines >= rates.lines || window.bytes >= rates.bytes) return false
    window.lines += 1
    window.bytes += line.length
    onLine(line)
    return true
  }

  return {
    push(block) {
      if (block.length === 0) return
      const now = clock.now()
      if (now - window.startedAt >= rates.windowMs) {
        report()
        window = { startedAt: now, lines: 0, bytes: 0 }
      }
      const full = window.lines >= rates.lines || window.bytes >= rates.bytes
      drop(full ? countLines(block) : eachLine(block, take))
    },
    end: report
  }
}
