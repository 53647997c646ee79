import { randomBytes } from 'node:crypto'
import { type Failure, failure } from '../errors.ts'
import type { EventSubject } from '../events.ts'
import type { Cancel, Child } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import { startEpoch } from '../process/start-epoch.ts'
import type { ExitStatus } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import type { NodeEvent } from '../watcher/machine.ts'
import type { Run } from './context.ts'
import { createHoldBack } from './hold-back.ts'
import { watchLeaderExit } from './leader-exit.ts'
import { leftNodeOf } from './leave.ts'
import { listenToOutput } from './output.ts'
import { provideForDeath } from './provide.ts'
import { watchWellbeing } from './wellbeing.ts'

/** A program that runs. `at`: monotonic ms. */
type Life = Identity & { readonly execId: string; readonly at: number }

/** One life of a node, from the gate to the empty tree. */
export interface Incarnation {
  readonly number: number
  readonly cookie: string
  /** The leader, once its program runs, also when it has ended. */
  started(): Life | undefined
  /** The same until it has ended. */
  living(): Life | undefined
  isReady(): boolean
  /** The tree's own cgroup v2 folder, where it has one. */
  cgroup(): string | undefined
  /** Its program must not run any more; harmless once it does. */
  abort(): void
  /** Resolves when the leader has ended. */
  readonly exited: Promise<ExitStatus>
  /** Settings that count at once also for a life that has begun. */
  reconfigure(settings: NodeSettings): void
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

const ABORTED: Failure = { code: 'aborted', message: 'the run ends at once: its program was not started' }

/** Starts the next life of a node and tells its machine how that went: `spawned` or `spawn-failed`, then `exited`. */
export function createIncarnation({ number, settings, run, feed, subject }: IncarnationRequest): Incarnation {
  const { ports } = run
  const { clock, table, spawner, signaller, emit } = ports
  let cookie = randomBytes(16).toString('hex')
  const held: Cancel[] = []
  const exited = Promise.withResolvers<ExitStatus>()
  const abortion = new AbortController()
  const aborted = new Promise((resolve) => abortion.signal.addEventListener('abort', resolve))
  /** What its streams say is told after its start. */
  const inOrder = createHoldBack()
  let leader: Life | undefined
  let hasEnded = false
  let ready = false
  let { echo } = settings.log
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

  const listener = listenToOutput({ node: settings.name, echo: () => echo, subject, wellbeing, inOrder }, ports)

  const fail = (reason: Failure): void => {
    wellbeing.stop()
    feed({ type: 'spawn-failed', failure: abortion.signal.aborted ? ABORTED : reason, at: clock.now() })
  }

  const release = (): void => {
    wellbeing.stop()
    for (const cancel of held.splice(0)) cancel()
  }

  const start = async (): Promise<void> => {
    const environment = await wellbeing.prepare()
    if (!environment.ok) return fail(environment.error)
    const spawned = await spawner.spawn({ settings: withEnvironment(settings, environment.value), cookie, ...listener })
    if (!spawned.ok) return fail(spawned.error)
    const child = spawned.value
    hold(child)
    const provided = provideForDeath(child.tree, leftNodeOf(child, settings, number, clock.now()), ports)
    held.push(() => void provided.then((takeBack) => takeBack()))
    await Promise.race([provided, aborted])
    const released = abortion.signal.aborted ? failure(ABORTED.code, ABORTED.message) : await child.release()
    if (!released.ok) {
      release()
      return fail(released.error)
    }
    const seen = table.inspect(child.leader.pid)
    leader = { ...child.leader, execId: seen?.execId ?? '', at: clock.now() }
    feed({ type: 'spawned', leader: child.leader, at: leader.at })
    const epoch = startEpoch(table.sampler, clock.wall())
    emit({ type: 'node-started', incarnation: number, leader: child.leader, containment: child.containment, epoch }, subject())
    wellbeing.start()
    inOrder.open()
    void exited.promise.then((exit) => {
      hasEnded = true
      wellbeing.stop()
      feed({ type: 'exited', exit, at: clock.now() })
    })
  }

  const hold = (child: Child): void => {
    const kernel = watchLeaderExit(child.leader, table)
    child.onExit((exit) => exited.resolve(kernel.correct(exit)))
    // if it has just passed the gate, its end is told as any other
    void aborted.then(() => signaller.signal(child.leader, 'SIGKILL'))
    cookie = child.tree.cookie
    cgroup = child.tree.cgroup
    table.track(child.tree)
    held.push(
      kernel.close,
      () => child.close(),
      () => table.untrack(settings.name),
      signaller.hold(child.leader)
    )
  }

  void start()

  return {
    number,
    get cookie() {
      return cookie
    },
    started: () => leader,
    living: () => (hasEnded ? undefined : leader),
    isReady: () => ready,
    cgroup: () => cgroup,
    abort() {
      if (leader === undefined) abortion.abort()
    },
    exited: exited.promise,
    reconfigure(next) {
      echo = next.log.echo
      wellbeing.reconfigure(next)
    },
    release
  }
}

const withEnvironment = (settings: NodeSettings, more: Readonly<Record<string, string>>): NodeSettings =>
  Object.keys(more).length === 0 ? settings : { ...settings, env: { ...settings.env, ...more } }
