import type { Result } from '../core/errors.ts'
import type { Emit, SupervisorEvent } from '../core/events.ts'
import type { Clock, ProcessTable } from '../core/ports.ts'
import type { MetricSample } from '../core/process/cache/metrics.ts'
import { createProcessTap, type ProcessTap } from '../core/process/cache/tap.ts'
import { type Ancestor, ancestorsByParents } from '../core/process/details/ancestry.ts'
import { type Identity, sameProcess } from '../core/process/identity.ts'
import type { Answers } from '../core/queries.ts'
import type { Settings } from '../core/settings.ts'
import type { ProcessRecords } from './process-records.ts'

/** What is remembered, recorded and answered of processes. Its code is loaded once the first nodes run, or at the first question. */
export interface ProcessService {
  /** For the process table; undefined: nothing is recorded. */
  readonly tap: ProcessTap | undefined
  /** What was asked for on purpose: throws UserError where a cluster is to be asked and the library for it is missing. */
  prepare(): Promise<void>
  /** Begins to record, with what has happened since the table was made. */
  start(): void
  describe(target: Identity): Promise<Result<Answers['process']>>
  environment(target: Identity, uid: number): Promise<Result<Answers['environment']>>
  /** From the parent to the oldest that is known. */
  ancestry(target: Identity): readonly Ancestor[]
  /** Empty: nothing is recorded. */
  metrics(): readonly MetricSample[]
  reopen(): void
  /** Writes what is left. */
  close(): Promise<void>
}

export interface ProcessServicePorts {
  readonly clock: Clock
  /** In execution ids. */
  readonly nodeName: string
  readonly redact: (text: string) => string
  readonly emit: Emit
  readonly table: () => ProcessTable
  /** Reads all events from now on. */
  readonly read: (reader: (event: SupervisorEvent) => void) => void
}

export function createProcessService(settings: Settings, ports: ProcessServicePorts): ProcessService {
  const { events } = settings.processes
  const tap = events === 'off' ? undefined : createProcessTap(events)
  let records: Promise<ProcessRecords> | undefined
  let loaded: ProcessRecords | undefined

  const load = (): Promise<ProcessRecords> => {
    records ??= import('./process-records.ts').then(async ({ openProcessRecords }) => {
      loaded = await openProcessRecords(settings, tap, ports)
      return loaded
    })
    return records
  }

  return {
    tap,
    async prepare() {
      if (settings.processes.kubernetes) await load()
    },
    start() {
      if (tap !== undefined) void load()
    },
    describe: async (target) => (await load()).describe(target),
    environment: async (target, uid) => (await load()).environment(target, uid),
    ancestry(target) {
      if (loaded !== undefined) return loaded.ancestry(target)
      const sample = ports.table().inspect(target.pid)
      return sample !== undefined && sameProcess(sample, target) ? ancestorsByParents(ports.table(), sample.ppid) : []
    },
    metrics: () => loaded?.metrics() ?? [],
    reopen: () => loaded?.reopen(),
    async close() {
      await (await records)?.close()
    }
  }
}
