/** Of one write; lines are never split between two. */
const BATCH_BYTES = 256 * 1024
const NEWLINE = 0x0a

/** Lines that wait for their file, bounded in bytes; the newest are lost when there is no room. */
export interface LineQueue {
  push(line: string): void
  /** Whole lines for one write; undefined: nothing waits. */
  take(): Buffer | undefined
  /** Only `written` bytes of this batch got through: what did not comes first again, a line that was cut with all of its text. */
  putBack(batch: Buffer, written: number): void
  /** How many lines were lost since the last call. */
  takeLost(): number
}

export function createLineQueue(maxBytes: number): LineQueue {
  let lines: Buffer[] = []
  let bytes = 0
  let lost = 0
  /** The file ends in the middle of a line. */
  let torn = false

  return {
    push(line) {
      const encoded = Buffer.from(`${line}\n`)
      if (bytes + encoded.length > maxBytes) {
        lost += 1
        return
      }
      lines.push(encoded)
      bytes += encoded.length
    },
    take() {
      let count = 0
      let size = 0
      for (const line of lines) {
        if (count > 0 && size + line.length > BATCH_BYTES) break
        count += 1
        size += line.length
      }
      if (count === 0) return undefined
      const batch = Buffer.concat([...(torn ? [Buffer.of(NEWLINE)] : []), ...lines.slice(0, count)])
      lines = lines.slice(count)
      bytes -= size
      torn = false
      return batch
    },
    putBack(batch, written) {
      const begun = batch[0] === NEWLINE
      torn = written === 0 ? begun : batch[written - 1] !== NEWLINE
      const from = written === 0 ? Number(begun) : batch.lastIndexOf(NEWLINE, written - 1) + 1
      const rest = batch.subarray(from)
      if (rest.length === 0) return
      lines.unshift(rest)
      bytes += rest.length
    },
    takeLost() {
      const count = lost
      lost = 0
      return count
    }
  }
}
