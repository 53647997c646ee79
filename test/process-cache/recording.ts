import { createSystemClock } from '../../src/core/clock.ts'
import type { NodeSample } from '../../src/core/events.ts'
import type { ProcessTable } from '../../src/core/ports.ts'
import { createBootTime } from '../../src/core/process/cache/boot-time.ts'
import { createExporter } from '../../src/core/process/cache/export.ts'
import { createRecorder, type Recorder } from '../../src/core/process/cache/recorder.ts'
import { createProcessTap, type ProcessTap } from '../../src/core/process/cache/tap.ts'
import { createProcFiles } from '../../src/core/process/details/proc-files.ts'
import { createFactsReader } from '../../src/core/process/details/read.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { createRedactor, SECRET_PATTERNS } from '../../src/core/redact.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { endAll, type Tracked, type TrackOptions, track } from '../process/tracking.ts'

/** A process in a record. */
export interface RecordedProcess {
  readonly exec_id: string
  readonly pid: number
  readonly binary: string
  readonly arguments?: string
  readonly flags: string
  readonly parent_exec_id?: string
  readonly start_time: string
  readonly tid: number
  readonly [field: string]: unknown
}

export interface Recorded {
  readonly kind: 'exec' | 'exit'
  readonly process: RecordedProcess
  readonly parent: RecordedProcess | undefined
  readonly status?: number
  readonly signal?: string
  readonly time: string
  readonly source: string
  readonly node?: string
}

export interface RecordingOptions {
  readonly scope?: 'managed' | 'all'
  readonly capacity?: number
  readonly sweepMs?: number
  readonly tap?: (tap: ProcessTap) => ProcessTap
}

export const NODE_NAME = 'test-node'

/** A real process table, a recorder that hears it, and what was recorded. */
export class Recording {
  readonly processes = new TestProcesses()
  readonly records: Recorded[] = []
  readonly lines: string[] = []
  readonly clock = createSystemClock()
  readonly table: ProcessTable
  readonly recorder: Recorder
  losses = 0

  constructor({ scope = 'managed', capacity = 65_536, sweepMs = 30_000, tap: wrap = (tap) => tap }: RecordingOptions = {}) {
    const tap = wrap(createProcessTap(scope))
    const bootTime = createBootTime(this.clock)
    const reader = createProcReader()
    const facts = createFactsReader({ reader, files: createProcFiles(), redact: createRedactor(SECRET_PATTERNS) })
    const exporter = createExporter({ nodeName: NODE_NAME, bootTime, podOf: () => undefined })
    this.table = createProcessTable({ sampler: 'procfs', clock: this.clock, nodeName: NODE_NAME, tap })
    this.recorder = createRecorder({
      scope,
      capacity,
      sweepMs,
      nodeName: NODE_NAME,
      clock: this.clock,
      bootTime,
      reader,
      facts,
      onLoss: (losses) => {
        this.losses = losses
      },
      sink: {
        exec: (process, parent) => this.#take(exporter.exec(process, parent)),
        exit: (process, parent) => this.#take(exporter.exit(process, parent)),
        unknownExit: (pid, ktime, exit) => this.#take(exporter.unknownExit(pid, ktime, exit))
      }
    })
    tap.attach(this.recorder)
    this.table.onDeath((death) => this.recorder.died(death))
  }

  get hears(): boolean {
    return this.table.facilities.some(({ name, available }) => name === 'process-events' && available)
  }

  track(script: string, options: TrackOptions = {}): Tracked {
    return track(this.table, this.processes, script, options)
  }

  /** What the monitor does at each check. */
  async refresh(): Promise<void> {
    const samples = await this.table.refresh()
    const shown = [...samples].map(
      ([node, tree]): NodeSample => ({
        node,
        cpuPercent: 0,
        cpuSource: tree.cpuSource,
        rssBytes: tree.rssBytes,
        processes: tree.processes.map((process) => ({ ...process, cpuPercent: 0 }))
      })
    )
    this.recorder.seen(shown)
  }

  of(pid: number, kind?: Recorded['kind']): Recorded[] {
    return this.records.filter((record) => record.process.pid === pid && (kind === undefined || record.kind === kind))
  }

  /** Of the tree, without the ancestors that are told at the start. */
  get managed(): Recorded[] {
    return this.records.filter(({ node }) => node !== undefined)
  }

  async exitOf(pid: number): Promise<Recorded> {
    return waitUntil(
      () => this.of(pid, 'exit')[0],
      () => `the exit of ${pid} among ${this.story()}`
    )
  }

  async exec(isIt: (record: Recorded) => boolean): Promise<Recorded> {
    return waitUntil(
      () => this.records.find((record) => record.kind === 'exec' && isIt(record)),
      () => `an exec among ${this.story()}`
    )
  }

  story(): string {
    return this.managed
      .slice(-40)
      .map(
        ({ kind, process, status }) =>
          `${kind} ${process.pid} ${process.binary} ${process.arguments ?? ''} (${process.flags}) ${status ?? ''}`
      )
      .join('\n')
  }

  async close(): Promise<void> {
    this.table.close()
    this.recorder.close()
    await endAll(this.processes)
  }

  #take(line: string): void {
    this.lines.push(line)
    const { process_exec: exec, process_exit: exit, ...envelope } = JSON.parse(line)
    this.records.push({ kind: exec === undefined ? 'exit' : 'exec', ...envelope, ...(exec ?? exit) })
  }
}
