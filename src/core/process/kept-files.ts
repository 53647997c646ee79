import { closeSync, openSync, readSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import type { DescriptorBudget } from '../linux/descriptors.ts'

/** A file of one process that is read again and again; its descriptor stays open while the budget allows. */
export interface KeptFile {
  readonly path: string
  /** -1: not open now. */
  descriptor: number
  /** Reads, halved at each search for the least used. */
  uses: number
}

export const keptFile = (path: string): KeptFile => ({ path, descriptor: -1, uses: 0 })

/** The process, or the cgroup, is gone. From a kept descriptor this is certain for the very process that it was opened for. */
export const GONE = -1
/** Not permitted, or no descriptor could be had: nothing is known. */
export const UNREADABLE = -2

export interface KeptFiles {
  /** What was read last; valid until the next read. */
  readonly buffer: Buffer
  /** Reads the file from its start into `buffer`: the number of bytes, GONE or UNREADABLE. */
  read(file: KeptFile): number
  release(file: KeptFile): void
  /** Descriptors open now. */
  readonly open: number
}

const BUFFER_BYTES = 4096
/** How many kept files are looked at to find one that is used less than the newcomer. */
const EVICTION_SAMPLE = 16

/** Reads small files of /proc with pread(2) into one buffer; one budget for all of their descriptors, the least used are closed. */
export function createKeptFiles(budget: DescriptorBudget): KeptFiles {
  const buffer = Buffer.from(new ArrayBuffer(BUFFER_BYTES))
  const open = new Set<KeptFile>()

  const release = (file: KeptFile): void => {
    if (file.descriptor === -1) return
    closeSync(file.descriptor)
    file.descriptor = -1
    open.delete(file)
    budget.give(1)
  }

  const makeRoom = (uses: number): boolean => {
    let least: KeptFile | undefined
    let looked = 0
    for (const candidate of open) {
      if (++looked > EVICTION_SAMPLE) break
      // to the end of the line, so that the next search looks at others
      open.delete(candidate)
      open.add(candidate)
      candidate.uses >>= 1
      if (least === undefined || candidate.uses < least.uses) least = candidate
    }
    if (least === undefined || least.uses >= uses) return false
    release(least)
    return budget.take(1)
  }

  const readNow = (descriptor: number): number => {
    try {
      return readSync(descriptor, buffer, 0, BUFFER_BYTES, 0)
    } catch (error) {
      return outcomeOf(error)
    }
  }

  const readOnce = (file: KeptFile): number => {
    file.uses++
    let descriptor: number
    try {
      descriptor = openSync(file.path, 'r')
    } catch (error) {
      const code = errnoOf(error)
      if (code === 'EMFILE' || code === 'ENFILE') budget.exhaust()
      return outcomeOf(error)
    }
    const length = readNow(descriptor)
    if (length >= 0 && (budget.take(1) || makeRoom(file.uses))) {
      file.descriptor = descriptor
      open.add(file)
      return length
    }
    closeSync(descriptor)
    return length
  }

  return {
    buffer,
    get open() {
      return open.size
    },
    read(file) {
      if (file.descriptor === -1) return readOnce(file)
      file.uses++
      return readNow(file.descriptor)
    },
    release
  }
}

function outcomeOf(error: unknown): number {
  switch (errnoOf(error)) {
    case 'ESRCH':
    case 'ENOENT':
    case 'ENODEV': // a file of a cgroup that was removed
      return GONE
    case 'EACCES':
    case 'EPERM':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
    case 'EINTR':
      return UNREADABLE
    default:
      throw error
  }
}
