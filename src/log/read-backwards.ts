import type { FileHandle } from 'node:fs/promises'

const CHUNK_BYTES = 256 * 1024
/** A longer line is none of ours. */
const MAX_LINE_BYTES = 32 * 1024 * 1024
const NEWLINE = 0x0a

/** The lines of a file, the last one first, as far as they are there now; what stands behind the last newline is not whole yet. */
export async function* readLinesBackwards(file: FileHandle): AsyncGenerator<string> {
  let end = (await file.stat()).size
  /** The beginning of a line whose rest was read before. */
  let tail: Buffer[] | undefined
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const chunk = await readExactly(file, start, end - start)
    let to = chunk.length
    for (let at = chunk.lastIndexOf(NEWLINE); at !== -1; at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)) {
      if (tail !== undefined) yield Buffer.concat([chunk.subarray(at + 1, to), ...tail]).toString()
      tail = []
      to = at
    }
    if (tail !== undefined) tail.unshift(chunk.subarray(0, to))
    if (tail !== undefined && tail.reduce((sum, { length }) => sum + length, 0) > MAX_LINE_BYTES) return
    end = start
  }
  if (tail?.some(({ length }) => length > 0)) yield Buffer.concat(tail).toString()
}

/** Fewer bytes only where the file became shorter. */
async function readExactly(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let read = 0
  while (read < length) {
    const { bytesRead } = await file.read(buffer, read, length - read, start + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return buffer.subarray(0, read)
}
