import { createSystemClock } from '../core/clock.ts'
import type { Command, CommandResult } from '../core/commands.ts'
import type { Emit, SupervisorEvent } from '../core/events.ts'
import { createHooks } from '../core/hooks/hooks.ts'
import { ownCgroupFolder } from '../core/linux/cgroup-mount.ts'
import { closeTreeCgroups } from '../core/linux/tree-cgroups.ts'
import { createOutputRings, type OutputRings } from '../core/output/rings.ts'
import type { Clock, ProcessTable, Signaller } from '../core/ports.ts'
import { logicalCpus } from '../core/process/logical-cpus.ts'
import { redactTable } from '../core/process/redacted-table.ts'
import { createProcessTable } from '../core/process/table.ts'
import type { Ask } from '../core/queries.ts'
import { createRedactor } from '../core/redact.ts'
import type { Settings } from '../core/settings.ts'
import { withoutOwnVariables } from '../core/spawn/environment.ts'
import { startGuardian } from '../core/spawn/guardian.ts'
import { createSpawner } from '../core/spawn/spawner.ts'
import { createSignaller } from '../core/stop/signal.ts'
import { createEmitter } from '../core/supervision/emitter.ts'
import { createSupervisor, type Supervisor } from '../core/supervisor.ts'
import { createStore, type StateStore } from '../store.ts'
import { createAsk } from './answers.ts'
import { createExecutor } from './executor.ts'
import { readOrigin } from './origin.ts'
import { VERSION } from './version.ts'

/** Between SIGTERM and SIGKILL when the supervisor died and the guardian acts, ms. */
const DEATH_GRACE_MS = 1000

export interface BuiltRun {
  readonly clock: Clock
  readonly store: StateStore
  readonly output: OutputRings
  readonly supervisor: Supervisor
  readonly emit: Emit
  readonly execute: (command: Command) => Promise<CommandResult>
  readonly ask: Ask
  readonly redact: (text: string) => string
  readonly signaller: Signaller
  readonly table: ProcessTable
  /** Adds a reader of all events from now on. */
  read(reader: (event: SupervisorEvent) => void): () => void
  /** Calls when the log files are to be opened again. */
  onReopen(reopen: () => void): void
  /** Lets go of everything; after the end. */
  close(): Promise<void>
}

/** Builds the effects, once, and wires them; nothing is started. */
export function buildRun(settings: Settings): BuiltRun {
  const clock = createSystemClock()
  const origin = readOrigin(process.env)
  const redact = createRedactor(settings.redact)
  const readers = new Set<(event: SupervisorEvent) => void>()
  const emit = createEmitter(origin, clock, (event) => {
    for (const read of readers) read(event)
  })
  const store = createStore({ name: settings.name, host: origin.host, version: VERSION, pid: process.pid, intervalMs: settings.intervalMs })
  readers.add((event) => store.dispatch(event))

  const output = createOutputRings(clock)
  for (const node of settings.nodes) output.configure(node.name, node.log.ringLines)
  const signaller = createSignaller()
  const table = redactTable(createProcessTable({ sampler: settings.sampler, clock, nodeName: origin.nodeName }), redact)
  const guardian = startGuardian({ deathGraceMs: DEATH_GRACE_MS, onChange: (facility) => emit({ type: 'facility-changed', facility }) })
  const spawner = createSpawner({
    clock,
    emitProblem: (failure, next) => emit({ type: 'problem', failure, next }),
    subreaper: table.facilities.some((facility) => facility.name === 'subreaper' && facility.available)
  })
  const reopenables = [() => spawner.reopenLogs()]
  const reopenLogs = (): void => {
    for (const reopen of reopenables) reopen()
  }
  const hooks = createHooks(settings.hooks, { clock, signaller, table, env: withoutOwnVariables(process.env), emit })
  readers.add((event) => hooks.handle(event))

  const ownCgroup = ownCgroupFolder()
  const cpus = logicalCpus({ compat: settings.compat, cgroupFolder: ownCgroup.ok ? ownCgroup.value : undefined })
  const ports = {
    clock,
    table,
    spawner,
    signaller,
    guardian,
    hooks,
    output,
    emit,
    reopenLogs,
    random: Math.random,
    logicalCpus: cpus
  }
  const supervisor = createSupervisor(settings, ports, redact, VERSION)

  return {
    clock,
    store,
    output,
    supervisor,
    emit,
    execute: createExecutor({ supervisor }),
    ask: createAsk(),
    redact,
    signaller,
    table,
    read(reader) {
      readers.add(reader)
      return () => readers.delete(reader)
    },
    onReopen: (reopen) => void reopenables.push(reopen),
    async close() {
      await hooks.idle()
      spawner.close()
      table.close()
      closeTreeCgroups()
    }
  }
}
