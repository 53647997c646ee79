import { setTimeout as pause } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { createScreen, type Screen } from '../../test/helpers/screen.ts'

/** A full-screen program: how it is started, what its first real frame shows, and the keys that end it. */
export interface Program {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly shows: string
  readonly quit: string
}

/** What came in one go: bytes with less than a tenth of a second between them. */
export interface Refresh {
  /** Of the first byte, monotonic ms. */
  readonly at: number
  readonly bytes: number
  /** Rows of the screen whose text is another than after the refresh before. */
  readonly rows: number
}

/** A program in a terminal of 120x40, and what a person would see there. */
export interface Running {
  readonly pid: number
  readonly screen: Screen
  /** From the start to the bytes that complete `shows`, ms; rejects if the program ends before. */
  readonly firstFrame: Promise<number>
  /** All that are over, oldest first. */
  readonly refreshes: readonly Refresh[]
  /** Called whenever bytes have become part of the screen; `at`: when they arrived, monotonic ms. */
  watch(listener: (at: number) => void): void
  type(keys: string): void
  end(): Promise<void>
}

export const SIZE = { cols: 120, rows: 40 }
const REFRESH_GAP_MS = 100

export function open({ file, args, env, shows, quit }: Program): Running {
  const began = performance.now()
  const pty = spawn(file, [...args], { ...SIZE, name: 'xterm-256color', env: { ...env, TERM: 'xterm-256color', LANG: 'C.UTF-8' } })
  const screen = createScreen(SIZE.cols, SIZE.rows)
  const exit = new Promise<void>((done) => pty.onExit(() => done()))
  const listeners: ((at: number) => void)[] = []
  const refreshes: Refresh[] = []
  let lines: readonly string[] = []
  let current = { at: 0, bytes: 0 }
  let gap: NodeJS.Timeout | undefined
  let drawn = Promise.resolve()
  let seen = ''

  const endRefresh = (): void => {
    const { at, bytes } = current
    current = { at: 0, bytes: 0 }
    drawn = drawn.then(() => {
      const now = screen.lines()
      refreshes.push({ at, bytes, rows: now.filter((line, row) => line !== lines[row]).length })
      lines = now
    })
  }
  const firstFrame = new Promise<number>((done, fail) => {
    void exit.then(() => fail(new Error(`${file} ended without showing ${shows}: ${seen}`)))
    pty.onData((data) => {
      const at = performance.now()
      clearTimeout(gap)
      gap = setTimeout(endRefresh, REFRESH_GAP_MS)
      current = { at: current.at || at, bytes: current.bytes + Buffer.byteLength(data) }
      drawn = drawn.then(() => screen.write(data)).then(() => listeners.forEach((listener) => void listener(at)))
      if (seen.includes(shows)) return
      seen += data
      if (seen.includes(shows)) done(at - began)
    })
  })
  return {
    pid: pty.pid,
    screen,
    firstFrame,
    refreshes,
    watch: (listener) => void listeners.push(listener),
    type: (keys) => pty.write(keys),
    async end() {
      for (const key of quit) {
        pty.write(key)
        await pause(300)
      }
      const timer = setTimeout(() => pty.kill('SIGTERM'), 20_000)
      await exit
      clearTimeout(timer)
      clearTimeout(gap)
    }
  }
}

/** One start of the program: ms to its first real frame. */
export async function timeFirstFrame(program: Program): Promise<number> {
  const running = open(program)
  const ms = await running.firstFrame
  await running.end()
  return ms
}
