import type { CommandResult, NodeCommand } from './commands.ts'
import type { Settings, SignalName } from './settings.ts'
import { executeCommand } from './supervision/commands.ts'
import type { Ports, Run } from './supervision/context.ts'
import { createMonitor } from './supervision/monitor.ts'
import { createNodeRunner, describeNode, type NodeRunner } from './supervision/node-runner.ts'
import { createShutdown } from './supervision/shutdown.ts'

export interface RunEnd {
  readonly code: number
  readonly reason: string
}

/** A run: its nodes, kept within their limits until it ends. */
export interface Supervisor {
  /** Starts every enabled node; `after` decides the order. */
  start(): void
  execute(command: NodeCommand): Promise<CommandResult>
  /** How often samples are taken for a screen, ms; undefined: only for the checks of the watchdog. */
  setRefreshPeriod(ms: number | undefined): void
  /** Passes a signal that came to the supervisor on to a node's leader, if it runs. */
  forward(node: string, signal: SignalName): void
  readonly ended: Promise<RunEnd>
}

/** Wires the nodes to the outside world. Nothing happens before `start`. */
export function createSupervisor(settings: Settings, ports: Ports, redact: (text: string) => string, version: string): Supervisor {
  const ended = Promise.withResolvers<RunEnd>()
  const runners = new Map<string, NodeRunner>()
  let receipts = 0

  const run: Run = {
    settings,
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
      shutdown.advance()
    },
    end: (code, reason) => shutdown.begin(code, reason, false)
  }

  const finish = (end: RunEnd): void => {
    monitor.stop()
    // what could not be stopped is left to the guardian
    if (end.code !== 78) ports.guardian.disarm()
    ports.emit({ type: 'supervisor-ended', ...end })
    ended.resolve(end)
  }
  const shutdown = createShutdown({ run, runners, finish })
  const monitor = createMonitor({ run, runners, shutdown: (code, reason) => shutdown.begin(code, reason, false) })

  for (const node of settings.nodes) runners.set(node.name, createNodeRunner(node, run))

  return {
    ended: ended.promise,
    setRefreshPeriod: (ms) => monitor.setRefreshPeriod(ms),
    execute: (command) => executeCommand(command, { run, runners, shutdown }),
    forward(node, signal) {
      const leader = runners.get(node)?.incarnation()?.started()
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
      for (const runner of runners.values()) {
        if (runner.settings().enabled) runner.feed({ type: 'start', by: 'start-up' })
      }
    }
  }
}
