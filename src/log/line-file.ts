import { write, writeSync } from 'node:fs'
import { errnoOf, type Failure } from '../core/errors.ts'
import type { Cancel, Clock } from '../core/ports.ts'
import { createLineQueue } from './line-queue.ts'
import { createRotatedFile, type MaxAge } from './rotated-file.ts'

/** What is written is at most this much behind. */
const FLUSH_MS = 500
/** Between two attempts after a failure. */
const RETRY_MS = 1000
/** Waiting for a disk that is full or slow, bytes. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

export interface LineFileOptions {
  readonly path: string
  /** A file is rotated before a write that would take it beyond this. */
  readonly maxFileBytes: number
  /** The current one and the older ones, PATH.1 being the newest of them. */
  readonly maxFiles: number
  /** undefined: as old as it gets. */
  readonly maxAge?: MaxAge | undefined
  readonly clock: Clock
  /** Once when writing begins to fail, and when lines were lost and it works again. */
  readonly onProblem: (failure: Failure) => void
}

/** Lines in a bounded, rotated file, mode 0600, written in the background. */
export interface LineFile {
  /** One line without its newline. Never throws for what the disk does. */
  write(line: string): void
  /** Lets go of the file, for whoever moved it away, and goes on in a new one under its name. */
  reopen(): void
  /** Resolves when all that was taken so far is written, or cannot be now. */
  flush(): Promise<void>
  /** Writes what is left; resolves also when that is not possible. */
  close(): Promise<void>
  /** Writes what is left at once, for an end that cannot wait; of a batch that was under way, lines may be there twice. */
  flushSync(): void
}

/** What the file is doing; `batch` is on its way to the disk, `written` bytes of it have arrived. */
type Work =
  | { readonly kind: 'idle' }
  | { readonly kind: 'scheduled'; readonly cancel: Cancel }
  | { readonly kind: 'writing'; readonly batch: Buffer; readonly written: number }

/**
 * Opens at the first line. A full disk or a missing folder is reported and tried again every second; meanwhile the lines wait, bounded.
 * Nothing that was taken is lost by a failure: a line that it cut is written again in full, after a newline.
 */
export function createLineFile({ path, maxFileBytes, maxFiles, maxAge, clock, onProblem }: LineFileOptions): LineFile {
  const queue = createLineQueue(MAX_WAITING_BYTES)
  const file = createRotatedFile(path, maxFileBytes, maxFiles, maxAge)
  let work: Work = { kind: 'idle' }
  let failing = false
  let staleAfterWrite = false
  let isClosing = false
  let waiting: (() => void)[] = []

  const schedule = (ms: number): void => {
    if (work.kind === 'idle') work = { kind: 'scheduled', cancel: clock.after(ms, begin) }
  }

  const begin = (): void => {
    becomeIdle()
    const batch = queue.take()
    if (batch === undefined) {
      settle()
      return
    }
    try {
      continueWriting(file.descriptorFor(batch.length), batch, 0)
    } catch (error) {
      fail(batch, 0, error)
    }
  }

  const becomeIdle = (): void => {
    if (work.kind === 'scheduled') work.cancel()
    work = { kind: 'idle' }
  }

  const continueWriting = (fd: number, batch: Buffer, written: number): void => {
    const step: Work = { kind: 'writing', batch, written }
    work = step
    write(fd, batch, written, (error, count) => {
      if (work !== step) return // flushSync has written it meanwhile
      if (error !== null) {
        fail(batch, written, error)
        return
      }
      file.wrote(count)
      if (written + count < batch.length) {
        continueWriting(fd, batch, written + count)
        return
      }
      becomeIdle()
      succeed()
      releaseIfStale()
      begin()
    })
  }

  const fail = (batch: Buffer, written: number, error: unknown): void => {
    const code = errnoOf(error)
    if (code === undefined) throw error
    becomeIdle()
    queue.putBack(batch, written)
    file.release()
    staleAfterWrite = false
    const wasFailing = failing
    failing = true
    if (!isClosing) schedule(RETRY_MS)
    settle()
    if (!wasFailing) onProblem({ code, message: `${path} cannot be written: ${code}` })
  }

  const succeed = (): void => {
    failing = false
    const lost = queue.takeLost()
    if (lost > 0) onProblem({ code: 'lines-lost', message: `${path} is written again; ${lost} lines are missing in it` })
  }

  const settle = (): void => {
    const settled = waiting
    waiting = []
    for (const resolve of settled) resolve()
  }

  const settled = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (work.kind !== 'writing') begin()
    })

  const releaseIfStale = (): void => {
    if (staleAfterWrite) file.release()
    staleAfterWrite = false
  }

  return {
    write(line) {
      queue.push(line)
      schedule(failing ? RETRY_MS : FLUSH_MS)
    },
    reopen() {
      if (work.kind === 'writing') staleAfterWrite = true
      else file.release()
    },
    flush: settled,
    async close() {
      isClosing = true
      await settled()
      file.release()
    },
    flushSync() {
      if (work.kind === 'writing') queue.putBack(work.batch, work.written)
      becomeIdle()
      for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
        let written = 0
        try {
          const fd = file.descriptorFor(batch.length)
          while (written < batch.length) written += writeSync(fd, batch, written)
          file.wrote(written)
        } catch (error) {
          fail(batch, written, error)
          return
        }
      }
    }
  }
}
