import type { CommandResult, NodeCommand } from './commands.ts'
import type { Settings, SignalName } from './settings.ts'
import { executeCommand } from './supervision/commands.ts'
import type { Ports, Run, RunEnd } from './supervision/context.ts'
import type { NodeEdits } from './supervision/limit-edits.ts'
import { createMonitor } from './supervision/monitor.ts'
import { createNodeRunner, describeNode, type NodeRunner } from './supervision/node-runner.ts'
import { createReconfigurer, type Reconfiguration } from './supervision/reconfigure.ts'
import { type Closing, createShutdown } from './supervision/shutdown.ts'
import { type NodeStanding, type ReloadStanding, reloadStandingOf, standingOf } from './supervision/standing.ts'

export type { RunEnd }

/** A run: its nodes, kept within their limits until it ends. */
export interface Supervisor {
  /** Starts every enabled node; `after` decides the order. */
  start(): void
  execute(command: NodeCommand): Promise<CommandResult>
  /** How often samples are taken for a screen, ms; undefined: only for the checks of the watchdog. */
  setRefreshPeriod(ms: number | undefined): void
  /** Passes a signal that came to the supervisor on to a node's leader, if it lives. */
  forward(node: string, signal: SignalName): void
  readonly ended: Promise<RunEnd>
  /** Where a node stands now; undefined: there is none of this name. */
  standing(node: string): NodeStanding | undefined
  /** What a reload has to know of a node that is to stay. */
  reloadFacts(node: string): { readonly standing: ReloadStanding; readonly edits: NodeEdits } | undefined
  /** Other settings from now on; what cannot change in a run must be what it was. */
  reconfigure(settings: Settings, what: Omit<Reconfiguration, 'nodes'>): void
  /** Numbers receipts of this run, whoever writes them. */
  nextReceiptId(): number
  /** Is closed before the end is told, once every node is at rest. */
  closeBeforeEnd(closing: Closing): void
}

/** Wires the nodes to the outside world. Nothing happens before `start`. */
export function createSupervisor(initial: Settings, ports: Ports, redact: (text: string) => string, version: string): Supervisor {
  const ended = Promise.withResolvers<RunEnd>()
  const runners = new Map<string, NodeRunner>()
  const closings: Closing[] = []
  let receipts = 0
  let settings = initial

  const run: Run = {
    get settings() {
      return settings
    },
    ports,
    nextReceiptId: () => ++receipts,
    areReady: (nodes) => nodes.every((name) => runners.get(name)?.isReady() === true),
    workerStartedAt() {
      const worker = [...runners.values()].find((runner) => runner.settings().kind === 'worker')
      return worker?.incarnation()?.started()?.at
    },
    nodeChanged() {
      for (const runner of runners.values()) {
        if (runner.machine().state.phase === 'waiting' && run.areReady(runner.settings().after)) runner.feed({ type: 'dependencies-ready' })
      }
      reconfigurer.advance()
      shutdown.advance()
    },
    end: (end) => shutdown.begin(end, false)
  }

  const finish = (end: RunEnd): void => {
    monitor.stop()
    // what could not be stopped is left to the guardian
    if (end.code !== 78) ports.guardian.disarm()
    ports.emit({ type: 'supervisor-ended', code: end.code, reason: end.reason })
    ended.resolve(end)
  }
  const shutdown = createShutdown({ run, runners, closings, finish })
  const monitor = createMonitor({ run, runners, end: run.end })

  const isShuttingDown = (): boolean => shutdown.underWay()
  const reconfigurer = createReconfigurer({ run, runners, redact, isShuttingDown })

  for (const node of settings.nodes) runners.set(node.name, createNodeRunner(node, run))

  return {
    ended: ended.promise,
    nextReceiptId: run.nextReceiptId,
    closeBeforeEnd: (closing) => void closings.push(closing),
    standing(node) {
      const runner = runners.get(node)
      return runner && standingOf(runner)
    },
    reloadFacts(node) {
      const runner = reconfigurer.isLeaving(node) ? undefined : runners.get(node)
      return runner && { standing: reloadStandingOf(runner), edits: runner.edits() }
    },
    reconfigure(next, what) {
      const { intervalMs } = settings
      settings = next
      if (next.intervalMs !== intervalMs) monitor.intervalChanged()
      reconfigurer.apply({ ...what, nodes: next.nodes })
    },
    setRefreshPeriod: (ms) => monitor.setRefreshPeriod(ms),
    execute: (command) => executeCommand(command, { run, runners, shutdown, isLeaving: reconfigurer.isLeaving }),
    forward(node, signal) {
      const leader = runners.get(node)?.incarnation()?.living()
      if (leader === undefined) return
      const target = { pid: leader.pid, startTime: leader.startTime }
      const outcome = ports.signaller.signal(target, signal)
      ports.emit({ type: 'signalled', target, signal, outcome, by: 'forwarded' }, { node, pid: leader.pid, execId: leader.execId })
    },
    start() {
      ports.emit({
        type: 'supervisor-started',
        version,
        pid: process.pid,
        level: settings.level.value,
        compat: settings.compat,
        dryRun: settings.dryRun,
        sampler: ports.table.sampler,
        logicalCpus: ports.logicalCpus,
        facilities: [...ports.table.facilities, ...ports.spawner.facilities, ports.guardian.facility]
      })
      for (const runner of runners.values()) {
        ports.emit({ type: 'node-added', description: describeNode(runner.settings(), redact) }, { node: runner.name })
      }
      monitor.start()
      ports.left.load([...runners.keys()])
      for (const runner of runners.values()) {
        const left = ports.left.take(runner.name)
        if (left !== undefined) runner.adopt(left)
        else if (runner.settings().enabled) runner.feed({ type: 'start', by: 'start-up' })
      }
    }
  }
}
