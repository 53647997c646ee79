import { randomBytes } from 'node:crypto'
import type { EventSubject } from '../events.ts'
import type { Cancel, Child } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import type { ExitStatus } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import type { NodeEvent } from '../watcher/machine.ts'
import type { Run } from './context.ts'
import { watchWellbeing } from './wellbeing.ts'

/** One life of a node, from the gate to the empty tree. */
export interface Incarnation {
  readonly number: number
  readonly cookie: string
  /** The leader, once its program runs. */
  started(): (Identity & { readonly execId: string; readonly at: number }) | undefined
  isReady(): boolean
  /** The tree's own cgroup v2 folder, where it has one. */
  cgroup(): string | undefined
  /** Resolves when the leader has ended. */
  readonly exited: Promise<ExitStatus>
  /** The tree is empty: lets go of everything that was held for it. */
  release(): void
}

export interface IncarnationRequest {
  readonly number: number
  readonly settings: NodeSettings
  readonly run: Run
  readonly feed: (event: NodeEvent) => void
  readonly subject: () => EventSubject
}

/** Starts the next life of a node and tells its machine how that went: `spawned` or `spawn-failed`, then `exited`. */
export function createIncarnation({ number, settings, run, feed, subject }: IncarnationRequest): Incarnation {
  const { ports } = run
  const { clock, table, spawner, guardian, signaller, output, emit } = ports
  const cookie = randomBytes(16).toString('hex')
  const held: Cancel[] = []
  const exited = Promise.withResolvers<ExitStatus>()
  let leader: (Identity & { readonly execId: string; readonly at: number }) | undefined
  let ready = false
  let cgroup: string | undefined

  const wellbeing = watchWellbeing({
    settings,
    ports,
    onReady(detail) {
      ready = true
      emit({ type: 'node-ready', detail }, subject())
      run.nodeChanged()
    },
    onBroken: (reason) => feed({ type: 'broken', reason, at: clock.now() }),
    onHealth: (change) => emit({ type: 'health-changed', ...change }, subject())
  })

  const onLine = (stream: 'stdout' | 'stderr', line: string): void => {
    output.append(settings.name, stream, line)
    if (settings.log.echo) emit({ type: 'output', stream, line }, subject())
    wellbeing.line(line)
  }

  const onDropped = (stream: 'stdout' | 'stderr', lines: number): void => {
    output.drop(settings.name, lines)
    emit({ type: 'output-dropped', stream, lines }, subject())
  }

  const fail = (failure: { code: string; message: string }): void => {
    wellbeing.stop()
    feed({ type: 'spawn-failed', failure, at: clock.now() })
  }

  const release = (): void => {
    wellbeing.stop()
    for (const cancel of held.splice(0)) cancel()
  }

  const start = async (): Promise<void> => {
    const environment = await wellbeing.prepare()
    if (!environment.ok) return fail(environment.error)
    const spawned = await spawner.spawn({ settings: withEnvironment(settings, environment.value), cookie, onLine, onDropped })
    if (!spawned.ok) return fail(spawned.error)
    const child = spawned.value
    hold(child)
    await guardian.know(child.tree)
    const released = await child.release()
    if (!released.ok) {
      release()
      return fail(released.error)
    }
    const seen = table.inspect(child.leader.pid)
    leader = { ...child.leader, execId: seen?.execId ?? '', at: clock.now() }
    feed({ type: 'spawned', leader: child.leader, at: leader.at })
    emit({ type: 'node-started', incarnation: number, leader: child.leader, containment: child.containment }, subject())
    wellbeing.start()
    void exited.promise.then((exit) => {
      wellbeing.stop()
      feed({ type: 'exited', exit, at: clock.now() })
    })
  }

  const hold = (child: Child): void => {
    child.onExit((exit) => exited.resolve(exit))
    cgroup = child.tree.cgroup
    table.track(child.tree)
    held.push(
      () => child.close(),
      () => table.untrack(settings.name),
      () => guardian.forget(settings.name),
      signaller.hold(child.leader)
    )
  }

  void start()

  return { number, cookie, started: () => leader, isReady: () => ready, cgroup: () => cgroup, exited: exited.promise, release }
}

const withEnvironment = (settings: NodeSettings, more: Readonly<Record<string, string>>): NodeSettings =>
  Object.keys(more).length === 0 ? settings : { ...settings, env: { ...settings.env, ...more } }
