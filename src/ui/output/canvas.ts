import type { Display } from '../terminal.ts'

/** A stream for Ink, as large as the terminal; what it writes goes to `written`. */
export function createCanvas(stdout: Display, written: (text: string) => void): NodeJS.WriteStream {
  const canvas = {
    isTTY: true,
    writable: true,
    get columns() {
      return stdout.columns || 80
    },
    get rows() {
      return stdout.rows || 24
    },
    /** With a callback it is a barrier, without text. */
    write(text: string, done?: () => void): boolean {
      if (done === undefined) written(text)
      else done()
      return true
    },
    // a new size comes with the view
    on: () => canvas,
    once: () => canvas,
    off: () => canvas,
    removeListener: () => canvas
  }
  return canvas as unknown as NodeJS.WriteStream
}
