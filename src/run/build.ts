import { randomBytes } from 'node:crypto'
import { access } from 'node:fs'
import { createSystemClock } from '../core/clock.ts'
import type { Command, CommandResult } from '../core/commands.ts'
import { success } from '../core/errors.ts'
import type { Emit, SupervisorEvent } from '../core/events.ts'
import { createHooks } from '../core/hooks/hooks.ts'
import { ownCgroupFolder } from '../core/linux/cgroup-mount.ts'
import { createDescriptorBudget, raiseNofileLimit, shareOf } from '../core/linux/descriptors.ts'
import { closeTreeCgroups } from '../core/linux/tree-cgroups.ts'
import { type Redact, redactArguments } from '../core/output/redact.ts'
import { createOutputRings, type OutputRings } from '../core/output/rings.ts'
import type { Clock, ProcessTable, Signaller } from '../core/ports.ts'
import { withAncestry } from '../core/process/details/receipt-ancestry.ts'
import { createBrief, findProcesses } from '../core/process/find-processes.ts'
import { type Identity, sameProcess } from '../core/process/identity.ts'
import { logicalCpus } from '../core/process/logical-cpus.ts'
import { createProcReader } from '../core/process/proc-reader.ts'
import { redactTable } from '../core/process/redacted-table.ts'
import { createProcessTable } from '../core/process/table.ts'
import type { Ask } from '../core/queries.ts'
import { createChangeableRedactor } from '../core/redact.ts'
import type { Settings } from '../core/settings.ts'
import { withoutOwnVariables } from '../core/spawn/environment.ts'
import { startGuardian } from '../core/spawn/guardian.ts'
import { createSpawner } from '../core/spawn/spawner.ts'
import { createSignaller } from '../core/stop/signal.ts'
import { createEmitter } from '../core/supervision/emitter.ts'
import { createSupervisor, type Supervisor } from '../core/supervisor.ts'
import { createStore, type StateStore, type SupervisorState } from '../store.ts'
import { createAsk } from './answers.ts'
import { createExecutor } from './executor.ts'
import { keepSpares } from './keep-spares.ts'
import { openLeftNodes } from './left-nodes.ts'
import { readOrigin } from './origin.ts'
import { createOrphanService, type OrphanService, socketVariable } from './orphan-service.ts'
import { createProcessService, type ProcessService } from './process-cache.ts'
import { type ConfigurationSource, createReloads } from './reloads.ts'
import { VERSION } from './version.ts'

/** Between SIGTERM and SIGKILL when the supervisor died and the guardian acts, ms. */
const DEATH_GRACE_MS = 1000
/** Processes in one answer. */
const MOST_FOUND = 1000
/** Share of the descriptors that the process table, or the reaper, may take: the other one is left the rest. */
const MOST_DESCRIPTORS = 0.75

export interface BuiltRun {
  readonly clock: Clock
  readonly store: StateStore
  readonly output: OutputRings
  readonly supervisor: Supervisor
  readonly orphans: OrphanService
  readonly processes: ProcessService
  readonly emit: Emit
  readonly execute: (command: Command) => Promise<CommandResult>
  readonly ask: Ask
  readonly redact: Redact
  readonly signaller: Signaller
  readonly table: ProcessTable
  /** Adds a reader of all events from now on. */
  read(reader: (event: SupervisorEvent) => void): () => void
  /** Of this run, at random. */
  readonly runId: string
  /** Those in force: a reload changes them. */
  settings(): Settings
  /** The same as parts that always say what is in force. */
  readonly live: Pick<Settings, 'signals' | 'nodes' | 'onHangup'>
  /** Calls with other settings, before the nodes get theirs. */
  onReconfigure(listener: (settings: Settings) => void): void
  /** Calls when a reload begins; what it gives is called when it has been done or refused. */
  onReload(begin: () => () => void): void
  /** Calls when the log files are to be opened again. */
  onReopen(reopen: () => void): void
  /** Lets go of everything; after the end. */
  close(): Promise<void>
}

/** libuv aborts when it cannot make its threads at their first use, which may be when the system has no room for any. */
const makeThreads = (): void => access('/', () => undefined)

/** Builds the effects, once, and wires them; nothing is started. */
export function buildRun(settings: Settings, configuration?: ConfigurationSource): BuiltRun {
  makeThreads()
  const clock = createSystemClock()
  const origin = readOrigin(process.env)
  const { redact, change: changeRedaction } = createChangeableRedactor(settings.redact)
  const readers = new Set<(event: SupervisorEvent) => void>()
  const tell = createEmitter(origin, clock, (event) => {
    for (const read of readers) read(event)
  })
  const emit = withAncestry(tell, (leader) => processes.ancestry(leader))
  const store = createStore({ name: settings.name, host: origin.host, version: VERSION, pid: process.pid, intervalMs: settings.intervalMs })
  readers.add((event) => store.dispatch(event))

  const output = createOutputRings(clock)
  for (const node of settings.nodes) output.configure(node.name, node.log.ringLines)
  const signaller = createSignaller()
  const budget = createDescriptorBudget(raiseNofileLimit().soft)
  const { nodeName } = origin
  const processes = createProcessService(settings, {
    clock,
    nodeName,
    redact,
    emit,
    table: () => table,
    read: (reader) => void readers.add(reader)
  })
  const table = redactTable(
    createProcessTable({ sampler: settings.sampler, clock, nodeName, budget: shareOf(budget, MOST_DESCRIPTORS), tap: processes.tap }),
    redact
  )
  const guardian = startGuardian({ deathGraceMs: DEATH_GRACE_MS, onChange: (facility) => emit({ type: 'facility-changed', facility }) })
  const spawner = createSpawner({
    clock,
    emitProblem: (failure, next) => emit({ type: 'problem', failure, next }),
    subreaper: table.facilities.some((facility) => facility.name === 'subreaper' && facility.available),
    guardian
  })
  readers.add((event) => keepSpares(event, spawner))
  let settingsNow = settings
  const reconfigurables: ((settings: Settings) => void)[] = []
  const beginners: (() => () => void)[] = []
  const reopenables = [() => spawner.reopenLogs(), () => processes.reopen()]
  const reopenLogs = (): void => {
    for (const reopen of reopenables) reopen()
  }
  const hooks = createHooks(settings.hooks, {
    clock,
    signaller,
    table,
    env: { ...withoutOwnVariables(process.env), ...socketVariable(settings) },
    emit: (body, subject) => emit('argv' in body ? { ...body, argv: redactArguments(body.argv, redact) } : body, subject)
  })
  readers.add((event) => hooks.handle(event))

  const ownCgroup = ownCgroupFolder()
  const cpus = logicalCpus({ compat: settings.compat, cgroupFolder: ownCgroup.ok ? ownCgroup.value : undefined })
  const ports = {
    clock,
    table,
    spawner,
    signaller,
    guardian,
    left: openLeftNodes(settings.stateDir, origin.boot, emit),
    hooks,
    output,
    emit,
    reopenLogs,
    random: Math.random,
    logicalCpus: cpus
  }
  const supervisor = createSupervisor(settings, ports, redact, VERSION)
  const orphans = createOrphanService(settings, {
    clock,
    signaller,
    inspect: (pid) => table.inspect(pid),
    redact,
    emit,
    nextReceiptId: supervisor.nextReceiptId,
    budget: shareOf(budget, MOST_DESCRIPTORS),
    managed: (child) => membersOf(child, store.getState(), table)
  })
  supervisor.closeBeforeEnd(orphans)
  reconfigurables.push(
    (next) => changeRedaction(next.redact),
    (next) => hooks.reconfigure(next.hooks),
    (next) => orphans.reconfigure(next)
  )
  const reloads = createReloads(configuration, {
    emit,
    facts: (node) => supervisor.reloadFacts(node),
    isShuttingDown: () => store.getState().run.shutdown !== undefined,
    begin: () => beginners.map((begin) => begin()),
    apply(next, what) {
      settingsNow = next
      for (const reconfigure of reconfigurables) reconfigure(next)
      supervisor.reconfigure(next, what)
    }
  })

  return {
    clock,
    store,
    output,
    supervisor,
    emit,
    orphans,
    processes,
    execute: createExecutor({ supervisor, orphans, reloads }),
    ask: createAsk({
      'reload-difference': reloads.difference,
      configuration: reloads.configuration,
      orphans: orphans.list,
      'preview-pair': orphans.preview,
      process: ({ target }) => processes.describe(target),
      environment: ({ target, uid }) => processes.environment(target, uid),
      async 'find-processes'({ text, most }) {
        const reader = createProcReader()
        return success(await findProcesses(text, Math.min(most, MOST_FOUND), reader, createBrief(reader, redact)))
      }
    }),
    redact,
    signaller,
    table,
    runId: randomBytes(9).toString('hex'),
    settings: () => settingsNow,
    live: {
      get signals() {
        return settingsNow.signals
      },
      get nodes() {
        return settingsNow.nodes
      },
      get onHangup() {
        return settingsNow.onHangup
      }
    },
    onReconfigure: (listener) => void reconfigurables.push(listener),
    onReload: (begin) => void beginners.push(begin),
    read(reader) {
      readers.add(reader)
      return () => readers.delete(reader)
    },
    onReopen: (reopen) => void reopenables.push(reopen),
    async close() {
      await hooks.idle()
      spawner.close()
      table.close()
      await processes.close()
      await guardian.left()
      closeTreeCgroups()
    }
  }
}

/** The tree that this process leads. */
async function membersOf(leader: Identity, { nodes }: SupervisorState, table: ProcessTable): Promise<readonly Identity[]> {
  const node = table.owner(leader)
  const phase = node === undefined ? undefined : nodes[node]?.phase
  const leads = phase?.phase === 'running' && sameProcess(phase.leader, leader)
  return node !== undefined && leads ? table.members(node) : []
}
