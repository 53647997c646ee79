const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** A longer line is cut, and its rest given as further lines. */
export const LONGEST_LINE = 65_536

/** Joins chunks of a stream to blocks of whole lines; holds back a copy of at most one line and a chunk. */
export interface LineBlocks {
  /** Everything up to the last newline that has arrived, good until the next chunk; empty while there is none and the line is not too long. */
  push(chunk: Buffer): Buffer
  /** The last line, which has no newline. */
  end(): Buffer
}

const nothing = Buffer.alloc(0)
const LEAST_ROOM = 4096

export function createLineBlocks(longest = LONGEST_LINE): LineBlocks {
  /** What is held back is from `start` to `end`; before it is the block that was given last. One buffer for all, so that a flood leaves no garbage. */
  let buffer = nothing
  let start = 0
  let end = 0

  const closeUp = (): void => {
    if (start > 0) buffer.copyWithin(0, start, end)
    end -= start
    start = 0
  }

  const hold = (bytes: Buffer): void => {
    if (end + bytes.length > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(LEAST_ROOM, buffer.length * 2, end + bytes.length))
      buffer.copy(larger, 0, 0, end)
      buffer = larger
    }
    bytes.copy(buffer, end)
    end += bytes.length
  }

  /** Everything up to `at`. */
  const give = (at: number): Buffer => {
    start = at
    return buffer.subarray(0, at)
  }

  return {
    push(chunk) {
      closeUp()
      const complete = chunk.lastIndexOf(NEWLINE) + 1
      if (complete > 0 && end === 0) {
        hold(chunk.subarray(complete))
        return chunk.subarray(0, complete)
      }
      hold(chunk)
      if (complete > 0) return give(end - chunk.length + complete)
      if (end <= longest) return nothing
      return give(characterBoundary(buffer, Math.floor((end - 1) / longest) * longest))
    },
    end() {
      closeUp()
      return give(end)
    }
  }
}

/** The lines of a block, without their newline (LF or CR LF), as long as `take` wants more; returns how many were left. */
export function eachLine(block: Buffer, take: (line: string) => boolean, longest = LONGEST_LINE): number {
  let start = 0
  while (start < block.length) {
    const newline = block.indexOf(NEWLINE, start)
    const end = newline === -1 ? block.length : newline
    const cut = end - start > longest ? characterBoundary(block, start + longest) : end
    const wanted = take(block.toString('utf8', start, cut === end && endsWithReturn(block, start, end, newline) ? end - 1 : cut))
    if (!wanted) return countLines(block, start)
    start = cut === end ? end + 1 : cut
  }
  return 0
}

const endsWithReturn = (block: Buffer, start: number, end: number, newline: number): boolean =>
  newline !== -1 && end > start && block[end - 1] === CARRIAGE_RETURN

/** Lines from `start` on; a last one without newline counts. */
export function countLines(block: Buffer, start = 0): number {
  let count = 0
  for (let i = start; i < block.length; i++) if (block[i] === NEWLINE) count++
  return block.length > start && block[block.length - 1] !== NEWLINE ? count + 1 : count
}

/** The last place at or before `at` where a UTF-8 character begins; `at` itself where the bytes are no UTF-8. */
function characterBoundary(bytes: Buffer, at: number): number {
  for (let back = at; back > at - 4 && back > 0; back--) {
    if (((bytes[back] ?? 0) & 0xc0) !== 0x80) return back
  }
  return at
}
