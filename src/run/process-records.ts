import type { Result } from '../core/errors.ts'
import { createBootTime } from '../core/process/cache/boot-time.ts'
import type { MetricSample } from '../core/process/cache/metrics.ts'
import type { ProcessTap } from '../core/process/cache/tap.ts'
import type { Ancestor } from '../core/process/details/ancestry.ts'
import { createDescriber } from '../core/process/details/describe.ts'
import { readEnvironment } from '../core/process/details/environment.ts'
import { createProcFiles } from '../core/process/details/proc-files.ts'
import { createFactsReader } from '../core/process/details/read.ts'
import type { Identity } from '../core/process/identity.ts'
import { createProcReader } from '../core/process/proc-reader.ts'
import type { Answers } from '../core/queries.ts'
import type { Settings } from '../core/settings.ts'
import { openPods } from './pods.ts'
import type { ProcessServicePorts } from './process-cache.ts'
import { startRecording } from './process-recording.ts'

/** What is loaded of the process cache when it is needed. */
export interface ProcessRecords {
  describe(target: Identity): Result<Answers['process']>
  environment(target: Identity, uid: number): Result<Answers['environment']>
  ancestry(target: Identity): readonly Ancestor[]
  metrics(): readonly MetricSample[]
  reopen(): void
  close(): Promise<void>
}

/** `tap: undefined`: nothing is recorded, and questions are answered from /proc alone. Throws as `openPods`. */
export async function openProcessRecords(
  settings: Settings,
  tap: ProcessTap | undefined,
  ports: ProcessServicePorts
): Promise<ProcessRecords> {
  const { clock, nodeName, redact } = ports
  const pods = settings.processes.kubernetes ? await openPods(nodeName, ports) : undefined
  const bootTime = createBootTime(clock)
  const reader = createProcReader()
  const files = createProcFiles()
  const facts = createFactsReader({ reader, files, redact })
  const recording = tap && startRecording(settings, tap, { ...ports, reader, facts, bootTime, podOf: pods?.podOf })
  const describer = createDescriber({
    table: ports.table(),
    reader,
    files,
    facts,
    bootTime,
    nodeName,
    known: {
      imageOf: ({ pid, startTime }) => recording?.recorder.imageOf(pid, startTime),
      ancestors: (execId, most) => recording?.recorder.cache.ancestors(execId, most) ?? [],
      podOf: (container) => pods?.podOf(container)
    }
  })

  return {
    describe: describer.describe,
    environment: (target, uid) => readEnvironment({ target, uid }, { reader, redact, ownUid: process.geteuid?.() ?? 0 }),
    ancestry: describer.ancestry,
    metrics: () => recording?.metrics() ?? [],
    reopen: () => recording?.reopen(),
    async close() {
      pods?.stop()
      await recording?.close()
    }
  }
}
