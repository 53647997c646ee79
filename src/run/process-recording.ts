import { join } from 'node:path'
import type { Failure } from '../core/errors.ts'
import type { BootTime } from '../core/process/cache/boot-time.ts'
import { createExporter } from '../core/process/cache/export.ts'
import { type MetricSample, metricSamples } from '../core/process/cache/metrics.ts'
import { createPodWait } from '../core/process/cache/pod-wait.ts'
import { createRecorder, type Recorder, type RecordSink } from '../core/process/cache/recorder.ts'
import type { ProcessTap } from '../core/process/cache/tap.ts'
import type { PodFacts } from '../core/process/details/pod.ts'
import type { FactsReader } from '../core/process/details/read.ts'
import type { ProcReader } from '../core/process/proc-reader.ts'
import type { Settings } from '../core/settings.ts'
import { createLineFile, type LineFile } from '../log/line-file.ts'
import { prepareStateFolder } from '../log/state-folder.ts'
import type { ProcessServicePorts } from './process-cache.ts'

/** Beside the event file: one record a line, in the shape of Tetragon's JSON export. */
export const PROCESS_EVENTS_FILE = 'process-events.jsonl'
const MAX_FILE_BYTES = 10 * 1024 * 1024
const MAX_FILES = 5
/** Losses are told at most this often. */
const LOSS_MS = 60_000

export interface Recording {
  readonly recorder: Recorder
  metrics(): readonly MetricSample[]
  reopen(): void
  close(): Promise<void>
}

export interface RecordingPorts extends ProcessServicePorts {
  readonly reader: ProcReader
  readonly facts: FactsReader
  readonly bootTime: BootTime
  /** undefined: no cluster is asked. */
  readonly podOf: ((container: string) => PodFacts | undefined) | undefined
}

/** Keeps the cache from now on, and writes what happens into the state folder, where there is one. */
export function startRecording(settings: Settings, tap: ProcessTap, ports: RecordingPorts): Recording {
  const { clock, nodeName, bootTime, podOf } = ports
  const file = openFile(settings, ports)
  const exporter = createExporter({ nodeName, bootTime, podOf: (container) => podOf?.(container) })
  const wait = createPodWait({ clock, isKnown: (container) => podOf === undefined || podOf(container) !== undefined })

  const sink: RecordSink = {
    exec: (process, parent) => wait.push(process.facts?.container, () => file.write(exporter.exec(process, parent))),
    exit: (process, parent) => wait.push(process.facts?.container, () => file.write(exporter.exit(process, parent))),
    unknownExit: (pid, ktime, exit) => wait.push(undefined, () => file.write(exporter.unknownExit(pid, ktime, exit)))
  }
  const recorder = createRecorder({
    ...ports,
    scope: tap.scope,
    capacity: settings.processes.cacheSize,
    sink: file === NOWHERE ? SILENT : sink,
    onLoss: createLossTeller(ports)
  })

  tap.attach(recorder)
  ports.table().onDeath((death) => recorder.died(death))
  ports.read((event) => {
    if (event.type === 'refreshed') recorder.seen(event.samples)
  })

  return {
    recorder,
    metrics() {
      const { retries, failures, losses } = recorder.counts()
      const follow = { retries: { ...retries, pod: wait.retries }, failures: { ...failures, pod: wait.failures }, losses }
      return metricSamples(recorder.cache.counts(), follow)
    },
    reopen: () => file.reopen(),
    async close() {
      tap.detach()
      recorder.close()
      wait.flush()
      await file.close()
    }
  }
}

type Destination = Pick<LineFile, 'write' | 'reopen' | 'close'>

const nothing = (): void => undefined
const NOWHERE: Destination = { write: nothing, reopen: nothing, close: async () => undefined }
/** Without a file nothing is put into words. */
const SILENT: RecordSink = { exec: nothing, exit: nothing, unknownExit: nothing }

function openFile({ stateDir }: Settings, { clock, emit }: ProcessServicePorts): Destination {
  if (stateDir === undefined) return NOWHERE
  const onProblem = (failure: Failure): void => emit({ type: 'problem', failure, next: undefined })
  const folder = prepareStateFolder(stateDir, process.geteuid?.() ?? 0)
  // the event file is in the same folder, and has told why it cannot be
  if (!folder.ok) return NOWHERE
  const path = join(folder.value, PROCESS_EVENTS_FILE)
  const file = createLineFile({ path, maxFileBytes: MAX_FILE_BYTES, maxFiles: MAX_FILES, clock, onProblem })
  process.on('uncaughtExceptionMonitor', () => file.flushSync())
  return file
}

function createLossTeller({ clock, emit }: ProcessServicePorts): (losses: number) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (losses) => {
    if (clock.now() - toldAt < LOSS_MS) return
    toldAt = clock.now()
    const message = `the kernel dropped process events (${losses} times so far); the processes were looked at again, and short ones are missing in the records`
    emit({ type: 'problem', failure: { code: 'process-events-lost', message }, next: undefined })
  }
}
