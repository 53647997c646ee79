import { isatty } from 'node:tty'
import type { Failure } from '../core/errors.ts'
import type { SupervisorEvent } from '../core/events.ts'
import type { Settings } from '../core/settings.ts'
import { createEventFile, type EventFile } from '../log/event-file.ts'
import { createLineFile, type LineFile } from '../log/line-file.ts'
import { createLogOutput, type LogOutput } from '../log/standard-output.ts'
import { createLogWriter } from '../log/writer.ts'
import type { BuiltRun } from './build.ts'

/** What stays of a run: the log and the event file. */
export interface Records {
  /** undefined: none is kept. */
  readonly events: EventFile | undefined
  /** Lines of the log on stdout that could not be written, or that nobody took. */
  lost(): number
  /** Writes out what is still waiting. */
  close(): Promise<void>
}

const FLUSH_MS = 1000
const LOG_FILE_BYTES = 10 * 1024 * 1024
const LOG_FILES = 5

type Log = Settings['log']
type Write = (event: SupervisorEvent) => void
type OnProblem = (failure: Failure) => void
type Close = () => Promise<void>

/** An error of ours must not take the last events with it. */
const flushAtCrash = (flush: () => void): NodeJS.Process => process.on('uncaughtExceptionMonitor', flush)

/** `screen`: stdout belongs to the interface, the log goes only to files. */
export function openRecords(run: BuiltRun, settings: Settings, place: 'stdout' | 'screen'): Records {
  const onProblem: OnProblem = (failure) => run.emit({ type: 'problem', failure, next: undefined })
  const closers: Close[] = []
  const output = place === 'stdout' ? logOnStdout(run, settings.log, onProblem) : undefined
  if (output !== undefined) closers.push(() => output.flush(FLUSH_MS))
  closers.push(logInFile(run, settings.log, onProblem))
  const events = settings.stateDir === undefined ? undefined : keepEvents(run, settings.stateDir, onProblem)
  if (events !== undefined) closers.push(() => events.close())
  return {
    events,
    lost: () => output?.dropped ?? 0,
    async close() {
      for (const close of closers) await close()
    }
  }
}

function logOnStdout(run: BuiltRun, log: Log, onProblem: OnProblem): LogOutput {
  const { clock, redact } = run
  const output = createLogOutput(1, {
    clock,
    onProblem(failure) {
      // an event alone would go where nothing can be written; what was merely too slow will be able to tell it
      if (failure.code !== 'log-blocked') console.error(`tsupervise: ${failure.message}`)
      onProblem(failure)
    }
  })
  const onTerminal = isatty(1)
  const color = onTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
  const writerFor = ({ format, debug }: Log): Write =>
    createLogWriter({ format: format ?? (onTerminal ? 'text' : 'json'), write: output.write, redact, debug, color })
  let write = writerFor(log)
  run.read((event) => write(event))
  run.onReconfigure((next) => {
    write = writerFor(next.log)
  })
  return output
}

/** Which file it is may change in the course of the run, also to none. */
function logInFile(run: BuiltRun, log: Log, onProblem: OnProblem): Close {
  const { clock, redact } = run
  let open: { readonly path: string; readonly file: LineFile; readonly write: Write } | undefined

  const use = async ({ file: path, format, debug }: Log): Promise<void> => {
    const before = open
    if (path === undefined) open = undefined
    else {
      const kept = before?.path === path ? before.file : undefined
      const file = kept ?? createLineFile({ path, maxFileBytes: LOG_FILE_BYTES, maxFiles: LOG_FILES, clock, onProblem })
      open = { path, file, write: createLogWriter({ format: format ?? 'json', write: file.write, redact, debug }) }
    }
    if (before !== undefined && before.file !== open?.file) await before.file.close()
  }

  void use(log)
  run.read((event) => open?.write(event))
  run.onReconfigure((next) => void use(next.log))
  run.onReopen(() => open?.file.reopen())
  flushAtCrash(() => open?.file.flushSync())
  return async () => open?.file.close()
}

function keepEvents(run: BuiltRun, folder: string, onProblem: OnProblem): EventFile | undefined {
  const { clock, redact, runId } = run
  const events = createEventFile({ folder, uid: process.geteuid?.() ?? 0, clock, redact, onProblem, runId })
  if (!events.ok) {
    onProblem(events.error)
    return undefined
  }
  run.read((event) => events.value.write(event))
  run.onReopen(() => events.value.reopen())
  flushAtCrash(() => events.value.flushSync())
  return events.value
}
