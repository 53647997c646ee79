import type { Failure } from '../errors.ts'
import { success } from '../errors.ts'
import type { Child, Clock, Guardian, Spawner, SpawnRequest } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import { createProcReader } from '../process/proc-reader.ts'
import { adoptChild } from './adopted-child.ts'
import { createChild } from './child.ts'
import { type Held, release } from './containment.ts'
import { createLogFiles } from './log-files.ts'
import { createOomWatch } from './oom.ts'
import { createOutputs } from './output.ts'
import { findPipeMeans, type PipeMeans, pipeFacility } from './output-pipes.ts'
import { createSpares } from './spares.ts'
import { findTools, setprivFacility, type Tools } from './tools.ts'
import { unsafeProgram } from './unsafe.ts'
import { createWaitingRoom, type Waiting } from './waiting.ts'

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
  /** Where there is one, a process waits at the gate for the next incarnation of each node that runs. */
  readonly guardian?: Pick<Guardian, 'know' | 'forget'>
}

/** Before attempts to remove the cgroup of an empty tree, whose last zombies are still being reaped; the next start comes first. */
const CGROUP_RETRY_MS = [10, 50, 500, 2000]

/** Makes children, each behind the gate; reaper: "One gate for every child". */
export function createSpawner(options: SpawnerOptions): Spawner {
  const { clock, emitProblem, subreaper, parentDeathSignal = true, refuseUnsafe = process.geteuid?.() === 0 } = options
  const tools = options.tools ?? findTools()
  const means = options.pipes ?? findPipeMeans()
  const inspect = options.inspect ?? inspectByProc()
  const logs = createLogFiles({ clock, emitProblem })
  const outputs = createOutputs({ clock, means, logs, emitProblem })
  const wait = createWaitingRoom({ outputs, tools, inspect, subreaper, parentDeathSignal, refuseUnsafe, emitProblem })
  const children = new Set<Child>()

  const removeCgroup = (held: Held, attempt = 0): void => {
    const delay = CGROUP_RETRY_MS[attempt]
    if (delay === undefined || held.kind !== 'cgroup') return
    clock.after(delay, () => {
      if (!release(held).ok) removeCgroup(held, attempt + 1)
    })
  }

  const spares = options.guardian && createSpares({ clock, wait, guardian: options.guardian, letGo: ({ held }) => removeCgroup(held) })

  const letGo = (child: Child, held: Held): void => {
    children.delete(child)
    removeCgroup(held)
  }

  const begin = (waiting: Waiting, request: SpawnRequest): Child => {
    const { held } = waiting
    waiting.output.tell(request)
    const child: Child = createChild({
      waiting,
      settings: request.settings,
      sawOomKill: createOomWatch(waiting.oomCounter),
      letGo: () => letGo(child, held)
    })
    children.add(child)
    return {
      ...child,
      async release() {
        const released = await child.release()
        if (released.ok) spares?.prepare(request.settings)
        return released
      }
    }
  }

  return {
    facilities: [setprivFacility(tools), pipeFacility(means)],
    async spawn(request) {
      const spare = spares?.take(request.settings)
      if (spare !== undefined) return success(begin(spare, request))
      const waiting = await wait(request.settings, request.cookie)
      return waiting.ok ? success(begin(waiting.value, request)) : waiting
    },
    adopt(request) {
      const { cgroup } = request.tree
      const child: Child = adoptChild(request, outputs.follow(request.settings, request), () => {
        letGo(child, cgroup === undefined ? { kind: 'group' } : { kind: 'cgroup', folder: cgroup })
      })
      children.add(child)
      return child
    },
    dropSpare: (node) => spares?.drop(node),
    closeSpares: () => spares?.close(),
    unsafe: unsafeProgram,
    reopenLogs: logs.reopen,
    close() {
      spares?.close()
      for (const child of children) child.close()
      logs.close()
    }
  }
}

function inspectByProc(): (pid: number) => Identity | undefined {
  const proc = createProcReader()
  return (pid) => {
    const stat = proc.stat(pid)
    return stat === undefined ? undefined : { pid, startTime: stat.startTime }
  }
}
