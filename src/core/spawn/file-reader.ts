import { closeSync, type FSWatcher, fstatSync, openSync, readSync, watch } from 'node:fs'
import { errnoOf } from '../errors.ts'
import type { Cancel, Clock } from '../ports.ts'
import type { LogSettings } from '../settings.ts'
import { createLineBlocks } from './line-blocks.ts'
import { setAsideInPlace } from './set-aside.ts'
import type { StreamReader } from './stream-reader.ts'

export interface FileReaderOptions {
  readonly log: Pick<LogSettings, 'maxFileBytes' | 'maxFiles'> & { readonly file: string }
  /** Where to begin, bytes. */
  readonly from: number
  readonly clock: Clock
  readonly sink: (block: Buffer) => void
  /** The file cannot be read or set aside; what the child writes is not lost. */
  readonly onProblem: (code: string, message: string) => void
}

/** Several writes are read together; at most 16 MB/s. */
const GATHER_MS = 20
const MOST_AT_ONCE = 327_680
/** Where the system does not tell of changes. */
const POLL_MS = 250
const CHUNK = 65_536
const LONGEST_TEXT = 4096

/** Follows the file that a child writes to by itself, and sets it aside when it is full. The counterpart of a pipe's reader. */
export function createFileReader({ log, from, clock, sink, onProblem }: FileReaderOptions): StreamReader {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const blocks = createLineBlocks()
  const buffer = Buffer.alloc(CHUNK)
  let at = from
  let fd: number | undefined
  let watcher: FSWatcher | undefined
  let cancelLook: Cancel | undefined
  let state: 'holding' | 'reading' | 'failed' | 'ended' = 'holding'

  const attempt = (act: () => void): void => {
    try {
      act()
    } catch (error) {
      const code = errnoOf(error)
      if (code === undefined) throw error
      if (state === 'reading') onProblem(code, `the log file ${log.file} cannot be followed: ${code}`)
      if (state === 'reading') state = 'failed'
    }
  }

  /** What is there; false: there is more. */
  const readSome = (descriptor: number): boolean => {
    if (fstatSync(descriptor).size < at) at = 0
    for (let read = 0; read < MOST_AT_ONCE; ) {
      const got = readSync(descriptor, buffer, 0, CHUNK, at)
      if (got === 0) return true
      at += got
      read += got
      const block = blocks.push(Buffer.from(buffer.subarray(0, got)))
      if (block.length > 0) sink(block)
    }
    return false
  }

  const look = (): void => {
    cancelLook = undefined
    attempt(() => {
      fd ??= openSync(log.file, 'r+')
      const isAll = readSome(fd)
      if (isAll && at >= log.maxFileBytes) {
        setAsideInPlace(log.file, fd, log.maxFiles)
        at = 0
      }
      if (!isAll) lookAfter(GATHER_MS)
      else if (watcher === undefined) lookAfter(POLL_MS)
    })
  }

  const lookAfter = (ms: number): void => {
    if (state === 'reading') cancelLook ??= clock.after(ms, look)
  }

  const follow = (): void => {
    try {
      watcher = watch(log.file, { persistent: false }, () => lookAfter(GATHER_MS))
      watcher.on('error', () => {
        watcher?.close()
        watcher = undefined
        lookAfter(POLL_MS)
      })
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
    }
  }

  const start = (): void => {
    if (state !== 'holding') return
    state = 'reading'
    follow()
    look()
  }

  const close = (): void => {
    if (state === 'ended') return
    state = 'ended'
    cancelLook?.()
    watcher?.close()
    if (fd !== undefined) closeSync(fd)
    const last = blocks.end()
    if (last.length > 0) sink(last)
    end()
  }

  return {
    start,
    ended,
    async text() {
      let text = ''
      attempt(() => {
        fd ??= openSync(log.file, 'r+')
        text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, LONGEST_TEXT, at))
      })
      close()
      return text
    },
    finish() {
      start()
      cancelLook?.()
      cancelLook = undefined
      if (state === 'reading') look()
      close()
    }
  }
}

/** The reader of a stream that goes where another one goes. */
export const noReader: StreamReader = {
  start: () => undefined,
  text: () => Promise.resolve(''),
  finish: () => undefined,
  ended: Promise.resolve()
}
