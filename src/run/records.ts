import { isatty } from 'node:tty'
import type { Failure } from '../core/errors.ts'
import type { Settings } from '../core/settings.ts'
import { createEventFile } from '../log/event-file.ts'
import { createLineFile } from '../log/line-file.ts'
import { createLogOutput } from '../log/standard-output.ts'
import { createLogWriter } from '../log/writer.ts'
import type { BuiltRun } from './build.ts'

/** What stays of a run: the log and the event file. */
export interface Records {
  /** Writes out what is still waiting. */
  close(): Promise<void>
}

const FLUSH_MS = 1000
const LOG_FILE_BYTES = 10 * 1024 * 1024
const LOG_FILES = 5

/** An error of ours must not take the last events with it. */
const flushAtCrash = (flush: () => void): NodeJS.Process => process.on('uncaughtExceptionMonitor', flush)

/** `screen`: stdout belongs to the interface, the log goes only to files. */
export function openRecords(run: BuiltRun, settings: Settings, place: 'stdout' | 'screen'): Records {
  const { log, stateDir } = settings
  const { clock, redact } = run
  const closers: (() => Promise<void>)[] = []
  const onProblem = (failure: Failure): void => run.emit({ type: 'problem', failure, next: undefined })

  if (place === 'stdout') {
    const output = createLogOutput(1, { clock, onProblem })
    const onTerminal = isatty(1)
    const color = onTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
    const format = log.format ?? (onTerminal ? 'text' : 'json')
    run.read(createLogWriter({ format, write: output.write, redact, debug: log.debug, color }))
    closers.push(() => output.flush(FLUSH_MS))
  }

  if (log.file !== undefined) {
    const file = createLineFile({ path: log.file, maxFileBytes: LOG_FILE_BYTES, maxFiles: LOG_FILES, clock, onProblem })
    run.read(createLogWriter({ format: log.format ?? 'json', write: file.write, redact, debug: log.debug }))
    run.onReopen(() => file.reopen())
    closers.push(() => file.close())
    flushAtCrash(() => file.flushSync())
  }

  if (stateDir !== undefined) {
    const events = createEventFile({ folder: stateDir, uid: process.geteuid?.() ?? 0, clock, redact, onProblem })
    if (!events.ok) onProblem(events.error)
    else {
      run.read((event) => events.value.write(event))
      run.onReopen(() => events.value.reopen())
      closers.push(() => events.value.close())
      flushAtCrash(() => events.value.flushSync())
    }
  }

  return {
    async close() {
      for (const close of closers) await close()
    }
  }
}
