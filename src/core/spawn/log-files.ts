import type { Failure } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { LogSettings } from '../settings.ts'
import { type LogFile, openLogFile } from './log-file.ts'

/** The open log files, one for each path, however many streams write to it. */
export interface LogFiles {
  /** undefined: this node has none. Give it back with `release`. */
  acquire(settings: LogSettings): LogFile | undefined
  release(settings: LogSettings): void
  reopen(): void
  close(): void
}

export function createLogFiles(ports: {
  readonly clock: Clock
  readonly emitProblem: (failure: Failure, next: string | undefined) => void
}): LogFiles {
  const files = new Map<string, { readonly log: LogFile; users: number }>()

  return {
    acquire({ file, maxFileBytes, maxFiles }) {
      if (file === undefined) return undefined
      const known = files.get(file)
      if (known !== undefined) {
        known.users += 1
        return known.log
      }
      const log = openLogFile({ file, maxFileBytes, maxFiles }, ports)
      files.set(file, { log, users: 1 })
      return log
    },
    release({ file }) {
      const known = file === undefined ? undefined : files.get(file)
      if (file === undefined || known === undefined) return
      known.users -= 1
      if (known.users > 0) return
      known.log.close()
      files.delete(file)
    },
    reopen() {
      for (const { log } of files.values()) log.reopen()
    },
    close() {
      for (const { log } of files.values()) log.close()
      files.clear()
    }
  }
}
