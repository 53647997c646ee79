import type { ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Failure, Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import { inheritedSoftLimit } from '../linux/descriptors.ts'
import type { TreeHandle } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import type { NodeSettings } from '../settings.ts'
import { contain, type Held } from './containment.ts'
import { childEnvironment } from './environment.ts'
import { type Gate, openGate } from './gate.ts'
import { gateCommand } from './gate-command.ts'
import { launch } from './launch.ts'
import { findOomCounter } from './oom.ts'
import type { OutputEnds, Outputs } from './output.ts'
import type { Tools } from './tools.ts'
import { unsafeProgram } from './unsafe.ts'
import { resolveWho } from './users.ts'

/** A process at the gate, contained, that is nobody's child yet: its output is read by nobody. */
export interface Waiting {
  readonly gate: Gate
  /** It may end at any time, and Node tells it once. */
  readonly exited: Promise<Ended>
  readonly output: OutputEnds
  readonly tree: TreeHandle
  readonly held: Held
  /** File that counts the out-of-memory kills. */
  readonly oomCounter: string | undefined
}

export interface Ended {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

export interface WaitingOptions {
  readonly outputs: Outputs
  readonly tools: Tools
  readonly inspect: (pid: number) => Identity | undefined
  readonly subreaper: boolean
  readonly parentDeathSignal: boolean
  readonly refuseUnsafe: boolean
  readonly emitProblem: (failure: Failure, next: string | undefined) => void
}

const UNIDENTIFIED = 'the child cannot be identified: it is gone already, or the supervisor has no file descriptor left to look at it'

/** Makes processes that wait at the gate; reaper: "One gate for every child". */
export function createWaitingRoom(options: WaitingOptions): (settings: NodeSettings, cookie: string) => Promise<Result<Waiting>> {
  const { outputs, tools, inspect, subreaper, refuseUnsafe, emitProblem } = options
  const inheritedNofile = inheritedSoftLimit()
  const warned = new Set<string>()

  const unsafeToRun = (settings: NodeSettings): Result<undefined> => {
    const reason = unsafeProgram(settings)
    if (reason === undefined) return success(undefined)
    if (refuseUnsafe) return failure('unsafe-binary', reason)
    if (!warned.has(reason)) emitProblem({ code: 'unsafe-binary', message: `${settings.name}: ${reason}` }, undefined)
    warned.add(reason)
    return success(undefined)
  }

  const prepare = (settings: NodeSettings, cookie: string) => {
    const folder = workingFolder(settings.cwd)
    if (!folder.ok) return folder
    const safe = unsafeToRun(settings)
    if (!safe.ok) return safe
    const who = resolveWho(settings.credentials)
    if (!who.ok) return who
    const environment = childEnvironment(settings.env, process.env, cookie)
    const parentDeathSignal = options.parentDeathSignal && settings.onSupervisorDeath === 'stop'
    const command = gateCommand({ settings, who: who.value, environment, tools, parentDeathSignal, inheritedNofile })
    if (!command.ok) return command
    const uid = who.value?.uid
    const output = outputs.open(settings, uid === undefined ? undefined : { uid, gid: who.value?.gid ?? -1 })
    if (!output.ok) return output
    return success({ command: command.value, env: environment.plain, output: output.value })
  }

  return async (settings, cookie) => {
    const prepared = prepare(settings, cookie)
    if (!prepared.ok) return prepared
    const { command, env, output } = prepared.value
    const launched = await launch(command, { cwd: settings.cwd, env, stdio: output.stdio })
    if (!launched.ok) {
      output.abandon()
      return launched
    }
    const child = launched.value
    const exited = endOf(child)
    const socket = child.stdio[3]
    if (!(socket instanceof Socket)) throw new Error('the gate of a child has no socket')
    const gate = openGate(socket)
    const ends = output.attach(child)
    const giveUp = (reason: Result<never>): Result<never> => {
      gate.close()
      if (ends.ok) for (const reader of [ends.value.stdout, ends.value.stderr]) void reader.text()
      return reason
    }
    if (!ends.ok) return giveUp(ends)
    const leader = child.pid === undefined ? undefined : inspect(child.pid)
    if (leader === undefined) return giveUp(failure('setup-failed', UNIDENTIFIED))
    const held = await contain(settings.containment, settings.name, leader.pid, subreaper)
    if (!held.ok) return giveUp(held)
    const cgroup = held.value.kind === 'cgroup' ? held.value.folder : undefined
    return success({
      gate,
      exited,
      output: ends.value,
      tree: { node: settings.name, leader, cookie, cgroup },
      held: held.value,
      oomCounter: findOomCounter(held.value, leader.pid)
    })
  }
}

const endOf = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }))
  })

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
