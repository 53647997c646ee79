import { EventEmitter } from 'node:events'
import type { Display, Keyboard } from '../../src/ui/terminal.ts'
import { createScreen, type Screen } from './screen.ts'

/** A terminal without a device: what is typed, what is written, and the screen that results. */
export interface FakeTerminal {
  readonly stdin: Keyboard
  readonly stdout: Display
  type(bytes: string): void
  resize(columns: number, rows: number): void
  /** The screen once everything that was written is on it. */
  screen(): Promise<Screen>
  readonly raw: boolean
  written(): string
}

export function createFakeTerminal(columns = 100, rows = 30): FakeTerminal {
  const screen = createScreen(columns, rows)
  const size = { columns, rows }
  const [input, output] = [new EventEmitter(), new EventEmitter()]
  let drawn = Promise.resolve()
  let raw = false
  let written = ''
  const stdin = Object.assign(input, {
    setEncoding: () => stdin,
    setRawMode: (mode: boolean) => {
      raw = mode
      return stdin
    },
    resume: () => stdin,
    pause: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
    isTTY: true
  }) as unknown as Keyboard
  const stdout = Object.assign(output, {
    isTTY: true,
    write(bytes: string, done?: () => void) {
      written += bytes
      drawn = drawn.then(() => screen.write(bytes)).then(() => done?.())
      return true
    }
  })
  Object.defineProperties(stdout, { columns: { get: () => size.columns }, rows: { get: () => size.rows } })
  return {
    stdin,
    stdout: stdout as unknown as Display,
    type: (bytes) => void input.emit('data', bytes),
    resize(newColumns, newRows) {
      Object.assign(size, { columns: newColumns, rows: newRows })
      drawn = drawn.then(() => screen.resize(newColumns, newRows))
      output.emit('resize')
    },
    async screen() {
      for (let before = drawn; ; before = drawn) {
        await before
        await new Promise((resolve) => setImmediate(resolve))
        if (before === drawn) return screen
      }
    },
    get raw() {
      return raw
    },
    written: () => written
  }
}
