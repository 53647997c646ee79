import type { EventSubject } from '../events.ts'
import type { Cancel, TreeHandle } from '../ports.ts'
import { sameProcess } from '../process/identity.ts'
import { startEpoch } from '../process/start-epoch.ts'
import { hasEnded } from '../process/stat-line.ts'
import type { ExitStatus } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import type { NodeEvent } from '../watcher/machine.ts'
import type { Run } from './context.ts'
import { createHoldBack } from './hold-back.ts'
import type { Incarnation } from './incarnation.ts'
import type { LeftNode } from './left-record.ts'
import { listenToOutput } from './output.ts'
import { provideForDeath } from './provide.ts'
import { settingsHash } from './settings-hash.ts'
import { watchWellbeing } from './wellbeing.ts'

export interface AdoptionRequest {
  readonly left: LeftNode
  readonly settings: NodeSettings
  readonly run: Run
  readonly feed: (event: NodeEvent) => void
  readonly subject: () => EventSubject
}

const UNKNOWN: ExitStatus = { code: undefined, signal: undefined, oomKilled: false }

/**
 * Goes on with the life of a node that an earlier supervisor left: it runs at once, counts as ready (whether it was is not known; health
 * checks go on), and its end is noticed by its pidfd, with its status where the kernel tells that of a process that is not a child.
 */
export function adoptIncarnation({ left, settings, run, feed, subject }: AdoptionRequest): Incarnation {
  const { ports } = run
  const { clock, table, spawner, signaller, emit } = ports
  const { leader, cookie, cgroup } = left
  const tree: TreeHandle = { node: settings.name, leader, cookie, cgroup, adopted: true }
  const held: Cancel[] = []
  const exited = Promise.withResolvers<ExitStatus>()
  const inOrder = createHoldBack()
  let ready = false
  let isOver = false
  let { echo } = settings.log

  const wellbeing = watchWellbeing({
    settings: { ...settings, readiness: { kind: 'none' } },
    ports,
    onReady() {
      ready = true
      emit({ type: 'node-ready', detail: 'adopted' }, subject())
      run.nodeChanged()
    },
    onBroken: (reason) => feed({ type: 'broken', reason, at: clock.now() }),
    onHealth: (change) => emit({ type: 'health-changed', ...change }, subject())
  })

  const listener = listenToOutput({ node: settings.name, echo: () => echo, subject, wellbeing, inOrder }, ports)
  const child = spawner.adopt({ settings, tree, ...listener })
  held.push(
    table.onDeath((death) => {
      if (sameProcess(death.process, leader)) exited.resolve(death.exit ?? UNKNOWN)
    })
  )
  table.track(tree)
  const seen = table.inspect(leader.pid)
  const isThere = seen !== undefined && sameProcess(seen, leader) && !hasEnded(seen)
  held.push(
    () => child.close(),
    () => table.untrack(settings.name),
    signaller.hold(leader)
  )
  const started = { ...leader, execId: isThere ? seen.execId : '', at: left.startedAt }

  const begin = async (): Promise<void> => {
    wellbeing.prepare()
    held.push(await provideForDeath(tree, left, ports))
    await child.release()
    feed({ type: 'spawned', leader, at: started.at })
    const since = new Date(clock.wall() - (clock.now() - started.at)).toISOString()
    const epoch = startEpoch(table.sampler, clock.wall())
    const { containment } = child
    emit({ type: 'node-started', incarnation: left.incarnation, leader, containment, epoch, adopted: { since } }, subject())
    wellbeing.start()
    inOrder.open()
    if (!isThere) exited.resolve(UNKNOWN)
    else if (left.settingsHash !== settingsHash(settings)) feed({ type: 'restart', by: 'settings that were changed meanwhile' })
    const exit = await exited.promise
    isOver = true
    wellbeing.stop()
    feed({ type: 'exited', exit, at: clock.now() })
  }

  void begin()

  return {
    number: left.incarnation,
    cookie,
    started: () => started,
    living: () => (isOver ? undefined : started),
    isReady: () => ready,
    cgroup: () => cgroup,
    // it runs
    abort: () => undefined,
    exited: exited.promise,
    reconfigure(next) {
      echo = next.log.echo
      wellbeing.reconfigure({ ...next, readiness: { kind: 'none' } })
    },
    release() {
      wellbeing.stop()
      for (const cancel of held.splice(0)) cancel()
    }
  }
}
