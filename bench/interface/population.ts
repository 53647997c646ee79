import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../harness/screen.ts'
import { bundledNode, entry } from '../harness/supervisors.ts'

/** Supervised trees whose first `restless` processes each change their CPU and memory all the time (restless.c); the others sleep. */
export interface Population {
  readonly name: string
  readonly trees: number
  readonly processesATree: number
  readonly restlessATree: number
}

export const BUSY: Population = { name: '40 restless processes in 4 trees', trees: 4, processesATree: 10, restlessATree: 10 }
export const MANY: Population = {
  name: '5,000 processes in one tree, 40 of them restless',
  trees: 1,
  processesATree: 5000,
  restlessATree: 40
}

/** The same population for a supervisor with and without a screen, and for whoever looks at it from outside. */
export interface Stage {
  readonly env: NodeJS.ProcessEnv
  readonly tsupervise: Program
  /** Arguments of the bundled Node. */
  readonly headless: readonly string[]
  /** As it comes, with the tree of these processes alone: it reads all of /proc either way, but shows the same rows. */
  readonly htop: Program
  remove(): void
}

/** A folder of its own with the program of the population and the configuration that looks at it once a second. */
export function setStage({ trees, processesATree, restlessATree }: Population): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  execFileSync('cc', ['-O2', '-o', join(folder, 'restless'), join(import.meta.dirname, 'restless.c')])
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH']}`,
    TSUPERVISE_STATE_DIR: join(folder, 'state'),
    // does not exist: the settings it is shipped with
    HTOPRC: join(folder, 'htoprc')
  }
  // two measurements at once do not show each other's
  const mark = `bench-${process.pid}`
  const command = (tree: number): readonly string[] => [
    'restless',
    String(tree * processesATree).padStart(5, '0'),
    String(processesATree),
    String(restlessATree),
    mark
  ]
  const config = join(folder, 'trees.json')
  const extensions = Object.fromEntries(Array.from({ length: trees }, (_, tree) => [`tree-${tree}`, { command: command(tree) }]))
  // measured like any other, but never stopped
  const watchdog = { interval: '1s', utilizationLimit: '100%', memoryLimit: '100GB' }
  const control = { socket: join(folder, 'control.sock') }
  // a measurement that is broken off leaves nothing behind
  const onHangup = 'stop'
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  writeFileSync(config, JSON.stringify({ name: 'bench', watchdog, control, onHangup, extensions }), { mode: 0o600 })
  return {
    env,
    headless: [entry, '--config', config, '--control-socket', join(folder, 'headless.sock'), '--no-ui'],
    tsupervise: {
      name: 'tsupervise',
      file: bundledNode,
      args: [entry, '--config', config],
      env,
      shows: `tree-${trees - 1}`,
      quit: 'q\r'
    },
    htop: { name: 'htop', file: 'htop', args: ['-t', '-d', '10', '-F', mark], env, shows: 'PID', quit: 'q' },
    remove
  }
}

/** Number of the first process that a screen shows, in its own command line. */
export const numberIn = (line: string): number | undefined => {
  const digits = /restless (\d{5})/.exec(line)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The supervisor of the population, without a screen. */
export function startHeadless({ headless, env }: Stage): { readonly pid: number; end(): Promise<void> } {
  const child = spawn(bundledNode, [...headless], { stdio: 'ignore', env })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const stop = (): void => void child.kill('SIGTERM')
  process.once('exit', stop)
  return {
    pid: child.pid ?? 0,
    async end() {
      process.off('exit', stop)
      stop()
      await ended
    }
  }
}
