import { join } from 'node:path'
import { type Failure, type Result, success } from '../core/errors.ts'
import { isTransient, type SupervisorEvent } from '../core/events.ts'
import type { Redact } from '../core/output/redact.ts'
import type { Clock } from '../core/ports.ts'
import { createLineFile } from './line-file.ts'
import { createEventRedactor } from './redact-event.ts'
import { prepareStateFolder } from './state-folder.ts'

export const EVENT_FILE_NAME = 'events.jsonl'
const MAX_FILE_BYTES = 10 * 1024 * 1024
export const MAX_FILES = 5
const MAX_AGE_MS = 30 * 86_400_000

export interface EventFileOptions {
  readonly folder: string
  /** Of the supervisor. */
  readonly uid: number
  readonly clock: Clock
  readonly redact: Redact
  /** To be told as a `problem` event: the file cannot be written, or works again with lines missing. */
  readonly onProblem: (failure: Failure) => void
  /** Written with each event, so that runs can be told apart. */
  readonly runId?: string
  readonly maxFileBytes?: number
  readonly maxFiles?: number
  readonly maxAgeMs?: number
}

/** The events of a run on disk, as JSON, one a line, in full; those that only refresh the screen are left out. */
export interface EventFile {
  readonly path: string
  /** At most 1 s later it is on its way to the disk. */
  write(event: SupervisorEvent): void
  /** After somebody moved the file away. */
  reopen(): void
  /** What was taken is on its way to the disk after this. */
  flush(): Promise<void>
  close(): Promise<void>
  /** At an end that cannot wait. */
  flushSync(): void
}

/** Errors: unsafe-folder, and those of mkdir(2). What fails later is a problem, never an end. */
export function createEventFile(options: EventFileOptions): Result<EventFile> {
  const folder = prepareStateFolder(options.folder, options.uid)
  if (!folder.ok) return folder
  const path = join(folder.value, EVENT_FILE_NAME)
  const { clock, onProblem, maxFileBytes = MAX_FILE_BYTES, maxFiles = MAX_FILES, maxAgeMs = MAX_AGE_MS } = options
  const maxAge = { ms: maxAgeMs, wall: () => clock.wall() }
  const file = createLineFile({ path, maxFileBytes, maxFiles, maxAge, clock, onProblem })
  const redactEvent = createEventRedactor(options.redact)
  return success({
    path,
    write(event) {
      if (!isTransient(event.type)) file.write(JSON.stringify({ ...redactEvent(event), run: options.runId }))
    },
    reopen: () => file.reopen(),
    flush: () => file.flush(),
    close: () => file.close(),
    flushSync: () => file.flushSync()
  })
}
