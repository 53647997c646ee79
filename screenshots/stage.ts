import { type ChildProcess, spawn } from 'node:child_process'
import { constants, copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPty, type Pty } from '../test/helpers/pty.ts'
import { waitUntil } from '../test/helpers/wait-until.ts'

const root = new URL('..', import.meta.url).pathname

/** As oneself: the owners of programs are not mapped otherwise, so that as root there nothing would be safe to run. */
const AS_USER = ['--user', '--map-current-user', '--keep-caps']

/** Programs that run on a host with this name: a namespace of its own, so that no picture shows where it was made. */
const onHost = (host: string): readonly string[] => [
  'unshare',
  ...(process.geteuid?.() === 0 ? [] : AS_USER),
  '--uts',
  '--',
  'sh',
  '-c',
  'hostname "$0" && exec "$@"',
  host
]

export interface TerminalRequest {
  readonly host: string
  readonly args: readonly string[]
  readonly columns: number
  readonly rows: number
  readonly environment: Readonly<Record<string, string>>
}

/** The parent of a pair that belongs together, and its children. */
export interface Harness {
  readonly parent: number
  readonly children: readonly number[]
}

/** Where the pictures are played: the built package in a folder that belongs to nobody, and what was started there. */
export interface Stage {
  /** Path of a supervisor's control socket. */
  socket(name: string): string
  /** The command in a terminal; whoever opens it ends it. */
  open(request: TerminalRequest): Pty
  /** The command without one, to its end: what it says. Fails when it fails. */
  call(args: readonly string[]): Promise<string>
  /** A supervisor without a screen, on a host of its own, once it listens. */
  supervise(host: string, config: string): Promise<void>
  /** A program that started others. */
  harness(): Promise<Harness>
  /** Ends what `supervise` and `harness` started. */
  clear(): Promise<void>
  /** Takes the folder away. */
  remove(): void
}

export function setStage(): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-'))
  for (const part of ['bin', 'dist', 'examples', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  cpSync(join(root, 'screenshots', 'scenes'), join(folder, 'examples'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const node = join(folder, 'bin', 'node')
  copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE)

  const started: ChildProcess[] = []
  const command = [node, 'bin/tsupervise.js']
  const environment = {
    ...process.env,
    NO_COLOR: undefined,
    NODE_NAME: undefined,
    TSUPERVISE_NAME: undefined,
    TSUPERVISE_CONTROL_SOCKET: undefined,
    LC_ALL: 'C.UTF-8',
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    TSUPERVISE_STATE_DIR: join(folder, 'state')
  }
  const socket = (name: string): string => join(folder, `${name}.sock`)

  function start(words: readonly string[], cwd: string): ChildProcess & { readonly said: () => string } {
    const [program = '', ...args] = words
    const child = spawn(program, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    return Object.assign(child, { said: () => said })
  }

  async function call(args: readonly string[]): Promise<string> {
    const child = start([...command, ...args], folder)
    const code = await ended(child)
    if (code !== 0) throw new Error(`tsupervise ${args.join(' ')} ended with ${code}: ${child.said()}`)
    return child.said()
  }

  return {
    socket,
    call,
    open({ host, args, columns, rows, environment: own }) {
      const [program = '', ...words] = [...onHost(host), ...command, ...args]
      return openPty({ command: program, args: words, columns, rows, cwd: folder, env: { ...environment, ...own } })
    },
    async supervise(host, config) {
      const path = socket(host)
      const words = [
        ...onHost(host),
        ...command,
        '--no-ui',
        '--config',
        config,
        '--control-socket',
        path,
        '--state-dir',
        join(folder, host)
      ]
      const child = start(words, folder)
      started.push(child)
      await waitUntil(
        () => call(['status', '--control-socket', path]).catch(() => undefined),
        () => `the supervisor of ${host}: ${child.said()}`
      )
    },
    async harness() {
      const child = start(['./run-tests'], join(folder, 'examples'))
      started.push(child)
      const pids = await waitUntil(() => /^(\d+) (\d+)$/m.exec(child.said()), 'the pids of the children')
      return { parent: child.pid ?? 0, children: pids.slice(1).map(Number) }
    },
    async clear() {
      const all = started.splice(0).map((child) => {
        const end = ended(child)
        child.kill()
        return end
      })
      await Promise.all(all)
    },
    remove: () => rmSync(folder, { recursive: true })
  }
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
    else child.once('close', resolve)
  })
