import { closeSync, constants, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { errnoOf, type Failure, failure, type Result, success } from '../errors.ts'
import { type FileLock, lockFile } from '../linux/flock.ts'
import type { OrphanTerms } from '../settings.ts'
import { encodeRecord, type JournalPair, readJournal } from './journal-records.ts'
import { type Pair, pairKey } from './registry.ts'

/** The registrations on disk, so that a killed supervisor forgets none that it confirmed; reaper: durable. */
export interface Journal {
  /** What an earlier run of this boot and pid namespace left. */
  readonly left: readonly JournalPair[]
  /** What could not be read, in words; undefined: nothing. */
  readonly damage: string | undefined
  added(pair: JournalPair): void
  removed(pair: Pair): void
  /** Writes what was noted since; unsynced. Must come before anything is confirmed. */
  flush(): void
  /** The file goes with the last pair. */
  close(): void
}

export interface JournalOptions {
  readonly path: string
  readonly boot: string
  readonly pidNamespace: string
  /** The pairs that count now, for a new file. */
  readonly pairs: () => Iterable<JournalPair>
  /** Of pairs that an older version wrote without any. */
  readonly terms: OrphanTerms
  /** Wall clock now, ms since the epoch. */
  readonly wall: () => number
  /** A write failed; told once, until one succeeds again. */
  readonly onProblem: (failure: Failure) => void
}

/** More records than this beyond twice what counts: the file is written anew. */
const LEAST_RECORDS = 4096
const LARGEST_FILE = 64 * 1024 * 1024

/** Errors: `locked` (another supervisor keeps this journal), those of open(2). The folder must be safe: nobody else may write there. */
export function openJournal(options: JournalOptions): Result<Journal> {
  const lock = takeLock(options.path)
  if (!lock.ok) return lock
  const opened = openLocked(options, lock.value)
  if (!opened.ok) lock.value.release()
  return opened
}

/** Without native calls there are no locks. */
function takeLock(path: string): Result<FileLock> {
  const lock = lockFile(`${path}.lock`)
  if (lock.ok || lock.error.code !== 'facility-missing') return lock
  return success({ release: () => undefined })
}

function openLocked(options: JournalOptions, lock: FileLock): Result<Journal> {
  const { path, boot, pidNamespace, terms, wall } = options
  const read = readOld(path)
  if (!read.ok) return read
  const old = readJournal(read.value, pairKey, { terms, since: wall() })
  const ours = old.head?.boot === boot && old.head.pidNamespace === pidNamespace
  const left = ours ? old.pairs : []
  const opened = writeNew(options, left)
  if (!opened.ok) return opened
  const damage =
    old.damaged === 0 ? undefined : `${old.damaged} lines of ${path} were damaged; what was registered before the last of them is lost`
  return success(appendTo(options, opened.value, { left, damage, lock }))
}

interface Opened extends Pick<Journal, 'left' | 'damage'> {
  readonly lock: FileLock
}

function appendTo(options: JournalOptions, opened: number, { left, damage, lock }: Opened): Journal {
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
    close() {
      closeSync(descriptor)
      if (pairs === 0) removeFile(options.path)
      lock.release()
    }
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

/** It says nothing any more: if it stays it does no harm. */
function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

/** A whole new file in the place of the old one, open for more. */
function writeNew({ path, boot, pidNamespace }: JournalOptions, pairs: readonly JournalPair[]): Result<number> {
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
