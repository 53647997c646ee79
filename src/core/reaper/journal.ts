import { closeSync, constants, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { errnoOf, type Failure, failure, type Result, success } from '../errors.ts'
import { encodeRecord, readJournal } from './journal-records.ts'
import { type Pair, pairKey } from './registry.ts'

/** The registrations on disk, so that a killed supervisor forgets none that it confirmed; reaper: durable. */
export interface Journal {
  /** What an earlier run of this boot and pid namespace left. */
  readonly left: readonly Pair[]
  /** What could not be read, in words; undefined: nothing. */
  readonly damage: string | undefined
  added(pair: Pair): void
  removed(pair: Pair): void
  /** Writes what was noted since; unsynced. Must come before anything is confirmed. */
  flush(): void
  close(): void
}

export interface JournalOptions {
  readonly path: string
  readonly boot: string
  readonly pidNamespace: string
  /** The pairs that count now, for a new file. */
  readonly pairs: () => Iterable<Pair>
  /** A write failed; told once, until one succeeds again. */
  readonly onProblem: (failure: Failure) => void
}

/** More records than this beyond twice what counts: the file is written anew. */
const LEAST_RECORDS = 4096
const LARGEST_FILE = 64 * 1024 * 1024

/** Errors: those of open(2), by their names. The folder must be safe: nobody else may write there. */
export function openJournal(options: JournalOptions): Result<Journal> {
  const { path, boot, pidNamespace } = options
  const read = readOld(path)
  if (!read.ok) return read
  const old = readJournal(read.value, pairKey)
  const ours = old.head?.boot === boot && old.head.pidNamespace === pidNamespace
  const left = ours ? old.pairs : []
  const opened = writeNew(options, left)
  if (!opened.ok) return opened
  const damage =
    old.damaged === 0 ? undefined : `${old.damaged} lines of ${path} were damaged; what was registered before the last of them is lost`
  return success(appendTo(options, opened.value, left, damage))
}

function appendTo(options: JournalOptions, opened: number, left: readonly Pair[], damage: string | undefined): Journal {
  let descriptor = opened
  let noted: string[] = []
  let records = left.length
  let pairs = left.length
  let failing = false

  const report = (problem: Failure): void => {
    if (!failing) options.onProblem(problem)
    failing = true
  }

  const renew = (): void => {
    const all = [...options.pairs()]
    const next = writeNew(options, all)
    if (!next.ok) {
      report(next.error)
      return
    }
    closeSync(descriptor)
    descriptor = next.value
    records = all.length
    failing = false
  }

  const append = (text: string): void => {
    try {
      writeAll(descriptor, text)
    } catch (error) {
      const code = errnoOf(error)
      if (code === undefined) throw error
      report({ code, message: `registrations cannot be written to ${options.path} (${code}): a killed supervisor would forget them` })
    }
  }

  return {
    left,
    damage,
    added(pair) {
      pairs += 1
      noted.push(encodeRecord({ kind: 'added', pair }))
    },
    removed(pair) {
      pairs -= 1
      noted.push(encodeRecord({ kind: 'removed', pair }))
    },
    flush() {
      if (noted.length === 0) return
      const text = noted.join('')
      records += noted.length
      noted = []
      // after a failed write the end of the file is uncertain: it is written anew
      if (failing || records > LEAST_RECORDS + 2 * pairs) renew()
      else append(text)
    },
    close: () => closeSync(descriptor)
  }
}

function readOld(path: string): Result<Buffer> {
  try {
    const bytes = readFileSync(path, { flag: constants.O_RDONLY | constants.O_NOFOLLOW })
    return success(bytes.length > LARGEST_FILE ? Buffer.alloc(0) : bytes)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return code === 'ENOENT' ? success(Buffer.alloc(0)) : failure(code, `the journal of registrations ${path} cannot be read: ${code}`)
  }
}

/** A whole new file in the place of the old one, open for more. */
function writeNew({ path, boot, pidNamespace }: JournalOptions, pairs: readonly Pair[]): Result<number> {
  const fresh = `${path}.new`
  try {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_APPEND } = constants
    const descriptor = openSync(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_APPEND, 0o600)
    const lines = pairs.map((pair) => encodeRecord({ kind: 'added', pair }))
    writeAll(descriptor, encodeRecord({ kind: 'head', boot, pidNamespace }) + lines.join(''))
    renameSync(fresh, path)
    return success(descriptor)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `the journal of registrations ${path} cannot be written: ${code}`)
  }
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
}
