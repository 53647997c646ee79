import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcFiles } from '../../src/core/process/details/proc-files.ts'
import { createFactsReader, type ReadProcess } from '../../src/core/process/details/read.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { createRedactor, SECRET_PATTERNS } from '../../src/core/redact.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const compiler = process.env['CC'] || 'cc'

/** Empty: there is a compiler. */
export const lacksCompiler = spawnSync(compiler, ['--version']).status === 0 ? '' : 'needs a C compiler (cc)'
export const lacksRoot = process.getuid?.() === 0 ? '' : 'needs root'

/** An ordinary user of no account. */
export const ANNA = 23_411

/** A folder that everybody may enter, programs in it, and processes that run them. */
export class Programs {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsupervise-programs-'))
  readonly processes = new TestProcesses()
  readonly facts = createFactsReader({ reader: createProcReader(), files: createProcFiles(), redact: createRedactor(SECRET_PATTERNS) })

  constructor() {
    chmodSync(this.folder, 0o755)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** A copy of sleep(1), which waits for as many seconds as it is told. */
  sleeper(name: string, mode = 0o755): string {
    copyFileSync('/bin/sleep', this.path(name))
    chmodSync(this.path(name), mode)
    return this.path(name)
  }

  compile(name: string): string {
    const source = new URL(`fixtures/${name}.c`, import.meta.url).pathname
    execFileSync(compiler, ['-O1', '-Wall', '-o', this.path(name), source, '-pthread'], { stdio: 'pipe' })
    return this.path(name)
  }

  run(command: string, args: readonly string[], options: { readonly cwd?: string; readonly uid?: number } = {}): ChildProcess {
    const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }
    return this.processes.spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: options.cwd ?? '/', ...identity })
  }

  /** What is read of a process once it runs the program that is waited for. */
  async read(child: ChildProcess | number, isIt: (seen: ReadProcess) => boolean): Promise<ReadProcess> {
    const pid = typeof child === 'number' ? child : (child.pid ?? 0)
    let seen: ReadProcess | undefined
    return waitUntil(
      () => {
        seen = this.facts.read(pid)
        return seen !== undefined && isIt(seen) && seen
      },
      () =>
        `the program of ${pid}; last seen ${JSON.stringify(seen, (_key, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value))}`
    )
  }

  close(): void {
    this.processes.cleanUp()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
