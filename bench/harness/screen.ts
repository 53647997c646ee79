import { setTimeout as pause } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { cpuMs, residentBytes } from './usage.ts'

/** A full-screen program: how it is started, what its first real frame shows, and the keys that end it. */
export interface Program {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly shows: string
  readonly quit: string
}

interface Running {
  readonly pid: number
  bytes(): number
  /** From the start to the bytes that complete `shows`, ms. */
  readonly firstFrame: Promise<number>
  end(): Promise<void>
}

const SIZE = { cols: 120, rows: 40 }

function run({ file, args, env, shows, quit }: Program): Running {
  const at = performance.now()
  const pty = spawn(file, [...args], { ...SIZE, name: 'xterm-256color', env: { ...env, TERM: 'xterm-256color', LANG: 'C.UTF-8' } })
  const exit = new Promise<void>((done) => pty.onExit(() => done()))
  let bytes = 0
  let seen = ''
  const firstFrame = new Promise<number>((done) => {
    pty.onData((data) => {
      bytes += Buffer.byteLength(data)
      if (seen.includes(shows)) return
      seen += data
      if (seen.includes(shows)) done(performance.now() - at)
    })
  })
  return {
    pid: pty.pid,
    bytes: () => bytes,
    firstFrame,
    async end() {
      for (const key of quit) {
        pty.write(key)
        await pause(300)
      }
      const timer = setTimeout(() => pty.kill('SIGTERM'), 5000)
      await exit
      clearTimeout(timer)
    }
  }
}

/** One start of the program: ms to its first real frame. */
export async function timeFirstFrame(program: Program): Promise<number> {
  const running = run(program)
  const ms = await running.firstFrame
  await running.end()
  return ms
}

/** What a screen costs once it is settled: CPU ms a second, bytes a second, and memory. */
export interface ScreenCost {
  readonly cpu: number
  readonly bytesASecond: number
  readonly residentBytes: number
}

export async function measureScreen(program: Program, seconds: number): Promise<ScreenCost> {
  const running = run(program)
  await running.firstFrame
  await pause(4000)
  const before = { bytes: running.bytes(), cpu: cpuMs(running.pid), at: performance.now() }
  await pause(seconds * 1000)
  const elapsed = (performance.now() - before.at) / 1000
  const cost = {
    cpu: (cpuMs(running.pid) - before.cpu) / elapsed,
    bytesASecond: (running.bytes() - before.bytes) / elapsed,
    residentBytes: residentBytes(running.pid)
  }
  await running.end()
  return cost
}
