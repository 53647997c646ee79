import { type ChildProcess, execFile, execFileSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { promisify } from 'node:util'
import { commandOf, environmentValue } from './command-line.ts'
import { execIdOf, ktimeOfStart } from './exec-id.ts'
import { createProcReader } from './proc-reader.ts'
import { type ListedProcess, PS_FIELDS, parsePsLine, parsePsList } from './ps-lines.ts'
import type { ProcessSample } from './sample.ts'

export interface Usage {
  readonly cpuMs: number
  readonly rssBytes: number
  /** Time since its start as measured by the system, ms; seconds on some. */
  readonly elapsedMs: number
}

/** All that the portable table asks of the system; ps-tree for the list, pidusage for the usage. */
export interface PortableSource {
  list(): Promise<readonly ListedProcess[]>
  /** Those that are gone are missing. Both fail with EMFILE, ENFILE, EAGAIN or ENOMEM where the system has no room for a look. */
  usage(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>>
  /** Identity and command; usage is 0. From /proc where there is one, else from ps. */
  describe(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessSample>>
  describeOne(pid: number): ProcessSample | undefined
  /** TSUPERVISE_TREE in its environment; undefined: none, or not to be read (never without /proc). */
  cookie(pid: number): string | undefined
}

const run = promisify(execFile)
const PS_ENVIRONMENT = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
const COOKIE = 'TSUPERVISE_TREE'
const LARGEST_OUTPUT = 64 * 1024 * 1024

export function createPortableSource(nodeName: string): PortableSource {
  const reader = process.platform === 'linux' ? createProcReader() : undefined
  return {
    list: listAll,
    usage: usageOf,
    ...(reader?.showsUs ? describedByProc(reader, nodeName) : describedByPs(nodeName))
  }
}

/**
 * ps-tree keeps only what its ps lists behind its parent, so it loses a child whose pid is lower than its parent's (pids wrap
 * around) with everything below it. What that ps writes is therefore read here, too.
 */
async function listAll(): Promise<readonly ListedProcess[]> {
  const { default: psTree } = await import('ps-tree')
  return new Promise((resolve, reject) => {
    const written: Buffer[] = []
    const started: ChildProcess[] = []
    const follow = (message: unknown): void => {
      const { process: ps } = message as { process: ChildProcess }
      // ps-tree does not look at this event (ENOENT, EAGAIN, EMFILE), which would end this process
      ps.once('error', reject)
      started.push(ps)
    }
    subscribe('child_process', follow)
    try {
      psTree(0, (error) => (error === null ? resolve(parsePsList(Buffer.concat(written).toString('utf8'))) : reject(error)))
    } catch (error) {
      // ps-tree stumbles over the missing stream of a ps that could not be started, before the error event says why
      if (started.every((ps) => ps.stdout)) reject(error)
    } finally {
      unsubscribe('child_process', follow)
    }
    for (const ps of started) ps.stdout?.on('data', (chunk: Buffer) => written.push(chunk))
  })
}

async function usageOf(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  const found = new Map<number, Usage>()
  if (pids.length === 0) return found
  const { default: pidusage } = await import('pidusage')
  const all = await pidusage([...pids]).catch(whenAllAreGone)
  for (const [pid, stat] of Object.entries(all)) {
    // null: that one is gone
    if (stat) found.set(Number(pid), { cpuMs: stat.ctime, rssBytes: stat.memory, elapsedMs: stat.elapsed })
  }
  return found
}

function whenAllAreGone(error: unknown): Record<string, never> {
  if (error instanceof Error && /No matching pid found|ENOENT|ESRCH/.test(`${error.message} ${'code' in error ? error.code : ''}`))
    return {}
  throw error
}

type Describer = Pick<PortableSource, 'describe' | 'describeOne' | 'cookie'>

function describedByProc(reader: ReturnType<typeof createProcReader>, nodeName: string): Describer {
  const describeOne = (pid: number): ProcessSample | undefined => {
    const line = reader.stat(pid)
    if (line === undefined) return undefined
    const { startTime, ppid, pgid, sid, state, comm, threads } = line
    const execId = execIdOf(nodeName, ktimeOfStart(startTime, reader.units.ticksPerSecond), pid)
    const command = commandOf(reader.cmdline(pid) ?? Buffer.alloc(0), comm)
    return { pid, startTime, execId, ppid, pgid, sid, state, comm, command, threads, cpuMs: 0, rssBytes: 0 }
  }
  return {
    describeOne,
    cookie(pid) {
      const environ = reader.environ(pid)
      return environ && environmentValue(environ, COOKIE)
    },
    async describe(pids) {
      const found = new Map<number, ProcessSample>()
      for (const pid of pids) {
        const sample = describeOne(pid)
        if (sample !== undefined) found.set(pid, sample)
      }
      return found
    }
  }
}

function describedByPs(nodeName: string): Describer {
  const parse = (output: string): ReadonlyMap<number, ProcessSample> => {
    const found = new Map<number, ProcessSample>()
    for (const line of output.split('\n')) {
      const parsed = parsePsLine(line)
      if (parsed === undefined) continue
      const { pid, startTime, ppid, pgid, state, command } = parsed
      const comm = (command.split(/\s/, 1)[0] ?? '').split('/').at(-1) ?? ''
      const execId = execIdOf(nodeName, ktimeOfStart(startTime, 100), pid)
      found.set(pid, { pid, startTime, execId, ppid, pgid, sid: 0, state, comm, command, threads: 1, cpuMs: 0, rssBytes: 0 })
    }
    return found
  }
  const args = (pids: readonly number[]): string[] => ['-ww', '-o', PS_FIELDS, '-p', pids.join(',')]
  return {
    cookie: () => undefined,
    async describe(pids) {
      if (pids.length === 0) return new Map()
      // exit 1: none of them is there
      const { stdout } = await run('ps', args(pids), { env: PS_ENVIRONMENT, maxBuffer: LARGEST_OUTPUT }).catch(outputOfFailure)
      return parse(stdout)
    },
    describeOne(pid) {
      try {
        return parse(execFileSync('ps', args([pid]), { env: PS_ENVIRONMENT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).get(
          pid
        )
      } catch (error) {
        return parse(outputOfFailure(error).stdout).get(pid)
      }
    }
  }
}

function outputOfFailure(error: unknown): { readonly stdout: string } {
  if (error instanceof Error && 'stdout' in error && 'code' in error && error.code !== 'ENOENT') return { stdout: String(error.stdout) }
  throw error
}
