const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** A longer line is cut, and its rest given as further lines. */
export const LONGEST_LINE = 65_536

/** Joins chunks of a stream to blocks of whole lines; holds back at most one line and a chunk. */
export interface LineBlocks {
  /** Everything up to the last newline that has arrived; empty while there is none and the line is not too long. */
  push(chunk: Buffer): Buffer
  /** The last line, which has no newline. */
  end(): Buffer
}

const nothing = Buffer.alloc(0)

export function createLineBlocks(longest = LONGEST_LINE): LineBlocks {
  let held: Buffer[] = []
  let heldBytes = 0

  const hold = (rest: Buffer): void => {
    held = rest.length === 0 ? [] : [rest]
    heldBytes = rest.length
  }

  const join = (chunk: Buffer): Buffer => (heldBytes === 0 ? chunk : Buffer.concat([...held, chunk]))

  return {
    push(chunk) {
      const last = chunk.lastIndexOf(NEWLINE)
      if (last !== -1) {
        const block = join(chunk.subarray(0, last + 1))
        hold(chunk.subarray(last + 1))
        return block
      }
      held.push(chunk)
      heldBytes += chunk.length
      if (heldBytes <= longest) return nothing
      const line = Buffer.concat(held)
      const cut = characterBoundary(line, Math.floor((line.length - 1) / longest) * longest)
      hold(line.subarray(cut))
      return line.subarray(0, cut)
    },
    end() {
      const rest = join(nothing)
      hold(nothing)
      return rest
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
