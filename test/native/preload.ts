import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWireServer, type WireServer } from '../client/wire-server.ts'
import { TestProcesses } from '../helpers/processes.ts'

const compiler = process.env['CC'] || 'cc'

const answers = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0

/** Why the library cannot be tried here; undefined when it can. */
export const missing =
  process.platform !== 'linux' ? 'for Linux only' : answers(compiler, '--version') ? undefined : 'needs a C compiler (cc)'

export const has = (command: string): boolean => missing === undefined && answers('sh', '-c', 'command -v "$0"', command)

export const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname

const script = new URL('../../scripts/build-preload.ts', import.meta.url).pathname

export interface Ran {
  readonly pid: number
  readonly stdout: string
  readonly stderr: string
  /** 0, or how it ended otherwise. */
  readonly end: number | string
  readonly ms: number
}

/** The built library, a listener on an abstract address, and programs that run with both. */
export interface Preload {
  /** Any user may enter it. */
  readonly folder: string
  readonly library: string
  /** Compiled `fixtures/kinds.c`. */
  readonly kinds: string
  readonly server: WireServer
  compile(output: string, source: string, ...options: string[]): string
  /** Runs a program to its end, and to that of all who hold its output. */
  run(command: string, args: readonly string[], environment?: Readonly<Record<string, string | undefined>>): Promise<Ran>
  /** The same without the library. */
  runBare(command: string, args: readonly string[]): Promise<Ran>
  close(): Promise<void>
}

export async function openPreload(): Promise<Preload> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-preload-'))
  chmodSync(folder, 0o755)
  const processes = new TestProcesses()
  const library = join(folder, 'library.so')
  execFileSync(process.execPath, [script, library])
  const compile = (output: string, source: string, ...options: string[]): string => {
    execFileSync(compiler, ['-O1', '-Wall', '-Wextra', ...options, '-o', join(folder, output), fixture(source), '-pthread'], {
      stdio: 'pipe'
    })
    return join(folder, output)
  }
  const name = `tsupervise-preload-${processes.mark}`
  const server = await startWireServer(`\0${name}`)
  const run: Preload['run'] = (command, args, environment = {}) => {
    const started = performance.now()
    const env = { LD_PRELOAD: library, ORPHAND_SOCKET: `@${name}`, ORPHAND_DEBUG: undefined, ...environment }
    const child = processes.spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
      })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) =>
        resolve({ pid: child.pid ?? 0, ...output, end: signal ?? code ?? '?', ms: performance.now() - started })
      )
    })
  }
  return {
    folder,
    library,
    kinds: compile('kinds', 'kinds.c'),
    server,
    compile,
    run,
    runBare: (command, args) => run(command, args, { LD_PRELOAD: undefined, ORPHAND_SOCKET: undefined }),
    async close() {
      processes.cleanUp()
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
