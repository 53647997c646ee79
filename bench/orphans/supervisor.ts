import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { spawn as spawnOnTerminal } from '@lydell/node-pty'
import { bundledNode, entry } from '../harness/supervisors.ts'

/** A supervisor that takes orphans. */
export interface Reaping {
  readonly pid: number
  readonly socket: string
  end(): Promise<void>
}

export interface ReapingOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly args?: readonly string[]
  /** With its screen, in a terminal of its own. */
  readonly onTerminal?: boolean
}

/** Starts it, and waits until clients can connect. Its log goes through a pipe, as to a service manager. */
export async function startReaping({ env = {}, args = [], onTerminal = false }: ReapingOptions = {}): Promise<Reaping> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const socket = join(folder, 'orphan.sock')
  const words = [entry, '--orphan-socket', socket, ...args]
  const environment = { ...process.env, TSUPERVISE_STATE_DIR: join(folder, 'state'), ...env }
  const running = onTerminal ? runOnTerminal(words, folder, environment) : runHeadless(words, folder, environment)
  while (!existsSync(socket)) await pause(20)
  return {
    pid: running.pid,
    socket,
    async end() {
      running.stop()
      await running.ended
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

interface Running {
  readonly pid: number
  readonly ended: Promise<unknown>
  stop(): void
}

function runHeadless(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child: ChildProcess = spawn(bundledNode, [...words, '--no-ui'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout?.resume()
  return { pid: child.pid ?? 0, ended: new Promise((resolve) => child.once('exit', resolve)), stop: () => void child.kill('SIGTERM') }
}

function runOnTerminal(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const size = { cols: 120, rows: 40, name: 'xterm-256color' }
  const pty = spawnOnTerminal(bundledNode, [...words], { ...size, cwd, env: { ...env, TERM: 'xterm-256color', LANG: 'C.UTF-8' } })
  pty.onData(() => undefined)
  return { pid: pty.pid, ended: new Promise<void>((resolve) => pty.onExit(() => resolve())), stop: () => pty.kill('SIGTERM') }
}
