import type { Redact } from '../output/redact.ts'
import type { Clock } from '../ports.ts'
import { commandOf } from '../process/command-line.ts'
import { type Identity, identityKey } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'

export interface ShownCommandsOptions {
  readonly clock: Clock
  readonly reader: ProcReader
  readonly redact: Redact
  /** Whether the process has its number still. */
  readonly holds: (process: Identity) => boolean
}

/** So long a command line is taken for what it was, ms: a parent registers many children at once. */
const FRESH_MS = 1000
const MOST_REMEMBERED = 4096
const LONGEST = 4096

/** Redacted command lines of processes that are watched; empty: unknown. */
export function createShownCommands({ clock, reader, redact, holds }: ShownCommandsOptions): (process: Identity) => string {
  const ofProcess = new Map<string, string>()
  const redacted = new Map<string, string>()
  let since = clock.now()
  let { generation } = redact

  const shown = (text: string): string => {
    if (redact.generation !== generation) redacted.clear()
    generation = redact.generation
    const known = redacted.get(text)
    if (known !== undefined) return known
    if (redacted.size >= MOST_REMEMBERED) redacted.clear()
    const safe = redact(text)
    redacted.set(text, safe)
    return safe
  }

  const read = (process: Identity): string => {
    const bytes = reader.cmdline(process.pid, LONGEST)
    const comm = bytes?.length === 0 ? reader.stat(process.pid)?.comm : ''
    return bytes === undefined || comm === undefined || !holds(process) ? '' : shown(commandOf(bytes, comm))
  }

  return (process) => {
    const now = clock.now()
    if (now - since > FRESH_MS || ofProcess.size >= MOST_REMEMBERED) {
      ofProcess.clear()
      since = now
    }
    const key = identityKey(process)
    const known = ofProcess.get(key)
    if (known !== undefined) return known
    const found = read(process)
    ofProcess.set(key, found)
    return found
  }
}
