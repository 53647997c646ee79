import { type ChildProcess, spawn } from 'node:child_process'
import { errnoOf, type Failure } from '../errors.ts'
import type { Cancel, Clock, ProcessTable, Signaller } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import type { ExitStatus } from '../receipt.ts'
import { collectHead, collectTail } from './collect.ts'

/** Kept of the standard output, bytes. */
export const MAX_OUTPUT_BYTES = 64 * 1024
/** How long a killed command may take to be gone before it is reported all the same. */
const KILL_WAIT_MS = 2000
/** How long output that is still under way may take after the exit, when a descendant holds the pipe. */
const DRAIN_MS = 100

/** A short command beside the supervised nodes: a probe or a hook. */
export interface CommandRequest {
  readonly argv: readonly string[]
  readonly timeoutMs: number
  /** undefined: /dev/null. */
  readonly stdin: string | undefined
}

export interface CommandPorts {
  readonly clock: Clock
  readonly signaller: Signaller
  readonly table: Pick<ProcessTable, 'inspect' | 'strays'>
  /** The complete environment, and as whom and where the command runs; undefined: as the supervisor. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

export type CommandOutcome =
  | { readonly kind: 'exited'; readonly exit: ExitStatus; readonly stdout: string; readonly lastLine: string }
  /** Its whole group was killed; `stdout` is what it had written by then. */
  | { readonly kind: 'timed-out'; readonly exit: ExitStatus | undefined; readonly stdout: string; readonly lastLine: string }
  /** It never ran: ENOENT, EACCES, EAGAIN, ... */
  | { readonly kind: 'failed'; readonly failure: Failure }

/**
 * Runs a command in a session and group of its own, for `timeoutMs` at most; bounded in output, never rejects for what the command does.
 * Whatever is left of its group at the end is killed by identity.
 */
export function runCommand(request: CommandRequest, ports: CommandPorts): Promise<CommandOutcome> {
  const child = start(request, ports)
  if ('failure' in child) return Promise.resolve({ kind: 'failed', failure: child.failure })
  return follow(child, request, ports)
}

function start({ argv, stdin }: CommandRequest, { env, cwd, uid, gid }: CommandPorts): ChildProcess | { readonly failure: Failure } {
  const [command = '', ...args] = argv
  try {
    return spawn(command, args, {
      detached: true,
      env: { ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid })
    })
  } catch (error) {
    return { failure: spawnFailure(command, error) }
  }
}

function follow(child: ChildProcess, { argv, timeoutMs, stdin }: CommandRequest, ports: CommandPorts): Promise<CommandOutcome> {
  const leader = child.pid === undefined ? undefined : ports.table.inspect(child.pid)
  const release = leader === undefined ? nothing : ports.signaller.hold(leader)
  const stdout = collectHead(child.stdout, MAX_OUTPUT_BYTES)
  const last = collectTail([child.stdout, child.stderr])
  feed(child, stdin)

  return new Promise((resolve) => {
    let timedOut = false
    let cancel: Cancel = nothing
    const settle = (outcome: CommandOutcome): void => {
      cancel()
      release()
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      resolve(outcome)
    }
    const finish = (exit: ExitStatus | undefined): void => {
      const output = { stdout: stdout(), lastLine: last() }
      if (exit === undefined || timedOut) settle({ kind: 'timed-out', exit, ...output })
      else settle({ kind: 'exited', exit, ...output })
    }

    child.on('error', (error) => {
      if (child.pid === undefined) settle({ kind: 'failed', failure: spawnFailure(argv[0] ?? '', error) })
    })
    child.on('exit', (code, signal) => {
      cancel()
      const exit: ExitStatus = { code: code ?? undefined, signal: signal ?? undefined, oomKilled: false }
      killGroup(child, leader, ports)
      cancel = ports.clock.after(DRAIN_MS, () => finish(exit))
      child.on('close', () => finish(exit))
    })
    cancel = ports.clock.after(timeoutMs, () => {
      timedOut = true
      cancel = ports.clock.after(KILL_WAIT_MS, () => finish(undefined))
      killGroup(child, leader, ports)
    })
  })
}

/** Everything that is left of the command: its group through the leader, else the leader and each member that is found. */
function killGroup(child: ChildProcess, leader: Identity | undefined, { signaller, table }: CommandPorts): void {
  if (leader !== undefined && signaller.signalGroup(leader, 'SIGKILL') !== undefined) return
  if (leader !== undefined) signaller.signal(leader, 'SIGKILL')
  else child.kill('SIGKILL') // Node does not send it to a child that it has reaped
  void table.strays().then((strays) => {
    // the number of a session belongs to nobody else while it has members
    for (const stray of strays) if (stray.sid === child.pid) signaller.signal(stray, 'SIGKILL')
  })
}

function feed(child: ChildProcess, stdin: string | undefined): void {
  child.stdin?.on('error', nothing) // a command need not read what it is given
  child.stdin?.end(stdin)
}

function spawnFailure(command: string, error: unknown): Failure {
  const code = errnoOf(error)
  if (code === undefined) throw error
  return { code, message: `${command} could not be started: ${code}` }
}

const nothing = (): void => undefined
