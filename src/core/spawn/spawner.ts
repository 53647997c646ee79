import { statSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Failure, Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import { inheritedSoftLimit } from '../linux/descriptors.ts'
import type { Child, Clock, Spawner, SpawnRequest } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import { createProcReader } from '../process/proc-reader.ts'
import { createChild } from './child.ts'
import { contain, release, sawOomKill } from './containment.ts'
import { childEnvironment } from './environment.ts'
import { openGate } from './gate.ts'
import { gateCommand } from './gate-command.ts'
import { launch } from './launch.ts'
import { createLineBudget } from './line-budget.ts'
import { createLogFiles } from './log-files.ts'
import { findPipeMeans, openOutputPipes, type PipeMeans, pipeFacility } from './output-pipes.ts'
import { createStreamReader, type StreamReader } from './stream-reader.ts'
import { findTools, setprivFacility, type Tools } from './tools.ts'
import { unsafeProgram } from './unsafe.ts'
import { resolveWho } from './users.ts'

export interface SpawnerOptions {
  readonly clock: Clock
  readonly emitProblem: (failure: Failure, next: string | undefined) => void
  /** Whether orphaned descendants come to this process. */
  readonly subreaper: boolean
  /** Children die with the supervisor (SIGKILL); default true. */
  readonly parentDeathSignal?: boolean
  /** A program that others can write to: not started; default: refused as root, a warning otherwise. */
  readonly refuseUnsafe?: boolean
  /** Identity of a child that was just made; default by /proc. */
  readonly inspect?: (pid: number) => Identity | undefined
  /** What this machine has; found out unless given. */
  readonly tools?: Tools
  readonly pipes?: PipeMeans
}

/** Between attempts to remove the cgroup of an empty tree, whose last zombies are still being reaped. */
const CGROUP_RETRY_MS = [0, 50, 500, 2000]

const UNIDENTIFIED = 'the child cannot be identified: it is gone already, or the supervisor has no file descriptor left to look at it'

/** Makes children, each behind the gate; reaper: "One gate for every child". */
export function createSpawner(options: SpawnerOptions): Spawner {
  const { clock, emitProblem, subreaper, parentDeathSignal = true, refuseUnsafe = process.geteuid?.() === 0 } = options
  const tools = options.tools ?? findTools()
  const means = options.pipes ?? findPipeMeans()
  const inspect = options.inspect ?? inspectByProc()
  const inheritedNofile = inheritedSoftLimit()
  const logs = createLogFiles({ clock, emitProblem })
  const children = new Set<Child>()
  const warned = new Set<string>()

  const unsafeToRun = (request: SpawnRequest): Result<undefined> => {
    const reason = unsafeProgram(request.settings)
    if (reason === undefined) return success(undefined)
    if (refuseUnsafe) return failure('unsafe-binary', reason)
    if (!warned.has(reason)) emitProblem({ code: 'unsafe-binary', message: `${request.settings.name}: ${reason}` }, undefined)
    warned.add(reason)
    return success(undefined)
  }

  const prepare = (request: SpawnRequest) => {
    const { settings, cookie } = request
    const folder = workingFolder(settings.cwd)
    if (!folder.ok) return folder
    const safe = unsafeToRun(request)
    if (!safe.ok) return safe
    const who = resolveWho(settings.credentials)
    if (!who.ok) return who
    const environment = childEnvironment(settings.env, process.env, cookie)
    const command = gateCommand({ settings, who: who.value, environment, tools, parentDeathSignal, inheritedNofile })
    if (!command.ok) return command
    const uid = who.value?.uid
    const pipes = openOutputPipes(means, uid === undefined ? undefined : { uid, gid: who.value?.gid ?? -1 })
    if (!pipes.ok) return pipes
    return success({ command: command.value, env: environment.plain, pipes: pipes.value })
  }

  const reader = (request: SpawnRequest, socket: Socket, stream: 'stdout' | 'stderr'): StreamReader => {
    const budget = createLineBudget({
      clock,
      onLine: (line) => request.onLine(stream, line),
      onDropped: (lines) => request.onDropped(stream, lines)
    })
    const log = logs.acquire(request.settings.log)
    const made = createStreamReader(socket, clock, log === undefined ? [budget.push] : [budget.push, log.write])
    void made.ended.then(() => {
      budget.end()
      if (log !== undefined) logs.release(request.settings.log)
    })
    return made
  }

  const removeCgroup = (held: Parameters<typeof release>[0], attempt = 0): void => {
    const delay = CGROUP_RETRY_MS[attempt]
    if (delay === undefined || release(held).ok) return
    clock.after(delay, () => removeCgroup(held, attempt + 1))
  }

  return {
    facilities: [setprivFacility(tools), pipeFacility(means)],
    async spawn(request) {
      const { settings, cookie } = request
      const prepared = prepare(request)
      if (!prepared.ok) return prepared
      const { command, env, pipes } = prepared.value
      const launched = await launch(command, { cwd: settings.cwd, env, stdio: pipes.stdio })
      if (!launched.ok) {
        pipes.abandon()
        return launched
      }
      const child = launched.value
      const streams = pipes.attach(child)
      if (!streams.ok) return streams
      const [out, err] = streams.value
      const giveUp = (reason: Result<never>): Result<never> => {
        for (const stream of child.stdio) stream?.destroy()
        out.destroy()
        err.destroy()
        return reason
      }
      const socket = child.stdio[3]
      const leader = child.pid === undefined ? undefined : inspect(child.pid)
      if (!(socket instanceof Socket) || leader === undefined) return giveUp(failure('setup-failed', UNIDENTIFIED))
      const held = contain(settings.containment, settings.name, leader.pid, subreaper)
      if (!held.ok) return giveUp(held)
      const made: Child = createChild({
        process: child,
        gate: openGate(socket),
        stdout: reader(request, out, 'stdout'),
        stderr: reader(request, err, 'stderr'),
        tree: { node: settings.name, leader, cookie, cgroup: held.value.kind === 'cgroup' ? held.value.folder : undefined },
        containment: held.value.kind,
        settings,
        sawOomKill: () => sawOomKill(held.value),
        letGo: () => {
          children.delete(made)
          removeCgroup(held.value)
        }
      })
      children.add(made)
      return success(made)
    },
    unsafe: unsafeProgram,
    reopenLogs: logs.reopen,
    close() {
      for (const child of children) child.close()
      logs.close()
    }
  }
}

function workingFolder(cwd: string): Result<undefined> {
  try {
    if (statSync(cwd).isDirectory()) return success(undefined)
    return failure('no-such-folder', `the working folder ${cwd} is no folder; correct \`cwd\``)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return failure('no-such-folder', `the working folder ${cwd} does not exist; make it, or correct \`cwd\``)
    return failure(code, `the working folder ${cwd} cannot be used: ${code}`)
  }
}

function inspectByProc(): (pid: number) => Identity | undefined {
  const proc = createProcReader()
  return (pid) => {
    const stat = proc.stat(pid)
    return stat === undefined ? undefined : { pid, startTime: stat.startTime }
  }
}
