import type { Settings } from '../core/settings.ts'
import { createLogOutput } from '../log/standard-output.ts'
import { createLogWriter } from '../log/writer.ts'
import type { BuiltRun } from './build.ts'

/** What stays of a run: the log and the event file. */
export interface Records {
  /** Writes out what is still waiting. */
  close(): Promise<void>
}

const FLUSH_MS = 1000

/** `screen`: stdout belongs to the interface, the log goes only to files. */
export function openRecords(run: BuiltRun, settings: Settings, place: 'stdout' | 'screen'): Records {
  const closers: (() => Promise<void>)[] = []
  const { log } = settings
  const onProblem = (failure: { code: string; message: string }): void => run.emit({ type: 'problem', failure, next: undefined })
  if (place === 'stdout') {
    const output = createLogOutput(1, { clock: run.clock, onProblem })
    const onTerminal = process.stdout.isTTY === true
    const format = log.format ?? (onTerminal ? 'text' : 'json')
    const color = onTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
    run.read(createLogWriter({ format, write: output.write, redact: run.redact, debug: log.debug, color }))
    closers.push(() => output.flush(FLUSH_MS))
  }
  return {
    async close() {
      for (const close of closers) await close()
    }
  }
}
