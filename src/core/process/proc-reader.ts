import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { type KernelUnits, parseAuxv } from './auxv.ts'
import { parsePss } from './memory-files.ts'
import { type ProcCredentials, type ProcStatus, parseCredentials, parseProcStatus } from './proc-status.ts'
import { emptyStatLine, parseStatLine, type StatLine } from './stat-line.ts'

/**
 * Reads /proc, or a recorded tree of it: the root is a value. Everything is undefined (or empty) for a process that is gone,
 * that vanishes half way, or that may not be looked at.
 */
export interface ProcReader {
  readonly root: string
  readonly units: KernelUnits
  /** Fills one object that is used again by the next call: copy what is kept. */
  stat(pid: number): StatLine | undefined
  status(pid: number): ProcStatus | undefined
  /** Cheaper than all of the status. */
  credentials(pid: number): ProcCredentials | undefined
  /** At most `limit` bytes, 64 KiB unless told. */
  cmdline(pid: number, limit?: number): Buffer | undefined
  environ(pid: number): Buffer | undefined
  /** Proportional set size, bytes. */
  pss(pid: number): number | undefined
  /** Children of every thread of the process; `threads` as of its stat line. */
  children(pid: number, threads: number): readonly number[]
  /** Whether the kernel lists children (CONFIG_PROC_CHILDREN). */
  readonly listsChildren: boolean
  /** Every process, by the names of the folders. */
  pids(): readonly number[]
  /** Whether this root shows the pid namespace of this process, so that our pid means us there. */
  readonly showsUs: boolean
}

const CHUNK = 65_536
/** An environment may be a quarter of the stack limit; this is more than any sane one. */
const LARGEST_FILE = 4_194_304

export function createProcReader(root = '/proc'): ProcReader {
  let buffer = Buffer.from(new ArrayBuffer(CHUNK))
  const line = emptyStatLine()

  /** The bytes of a whole file, up to `limit`, in the reused buffer; valid until the next read. */
  const read = (path: string, limit = LARGEST_FILE): Buffer | undefined => {
    try {
      const descriptor = openSync(path, 'r')
      try {
        return fill(descriptor, limit)
      } finally {
        closeSync(descriptor)
      }
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
  }

  const fill = (descriptor: number, limit: number): Buffer => {
    let length = 0
    while (length < limit) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(limit, buffer.length * 4))
      const got = readSync(descriptor, buffer, length, Math.min(buffer.length, limit) - length, null)
      if (got === 0) break
      length += got
    }
    return buffer.subarray(0, length)
  }

  const text = (path: string): string | undefined => read(path)?.toString('latin1')

  const readPss = (pid: number): number | undefined => {
    const rollup = text(`${root}/${pid}/smaps_rollup`)
    return rollup === undefined ? undefined : parsePss(rollup)
  }

  return {
    root,
    units: parseAuxv(read(`${root}/self/auxv`) ?? Buffer.alloc(0)),
    listsChildren: read(`${root}/self/task/${process.pid}/children`) !== undefined,
    showsUs: linkOf(`${root}/self`) === String(process.pid),
    stat(pid) {
      const bytes = read(`${root}/${pid}/stat`, CHUNK)
      return bytes !== undefined && parseStatLine(bytes, bytes.length, line) ? line : undefined
    },
    status(pid) {
      const found = text(`${root}/${pid}/status`)
      return found === undefined ? undefined : parseProcStatus(found)
    },
    credentials(pid) {
      const found = read(`${root}/${pid}/status`, CHUNK)
      return found === undefined ? undefined : parseCredentials(found)
    },
    cmdline: (pid, limit = CHUNK) => read(`${root}/${pid}/cmdline`, limit),
    environ: (pid) => read(`${root}/${pid}/environ`),
    pss: readPss,
    children(pid, threads) {
      if (threads <= 1) return numbersIn(read(`${root}/${pid}/task/${pid}/children`))
      const found: number[] = []
      for (const thread of numericNames(`${root}/${pid}/task`)) {
        for (const child of numbersIn(read(`${root}/${pid}/task/${thread}/children`))) found.push(child)
      }
      return found
    },
    pids: () => numericNames(root)
  }
}

/** Blank-separated decimal numbers, as in task/TID/children and cgroup.procs. */
export function numbersIn(bytes: Buffer | undefined): readonly number[] {
  if (bytes === undefined || bytes.length === 0) return none
  const found: number[] = []
  let value = -1
  for (const byte of bytes) {
    if (byte >= 0x30 && byte <= 0x39) {
      value = (value === -1 ? 0 : value) * 10 + (byte - 0x30)
    } else if (value !== -1) {
      found.push(value)
      value = -1
    }
  }
  return found
}

const none: readonly number[] = []

function numericNames(folder: string): readonly number[] {
  try {
    const found: number[] = []
    for (const name of readdirSync(folder)) if (/^\d+$/.test(name)) found.push(Number(name))
    return found
  } catch (error) {
    if (isAbsence(error)) return none
    throw error
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

function isAbsence(error: unknown): boolean {
  const code = errnoOf(error)
  return (
    code === 'ENOENT' ||
    code === 'ESRCH' ||
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'ENOTDIR' ||
    code === 'EINVAL' ||
    code === 'EMFILE' ||
    code === 'ENFILE'
  )
}

/** The inode of this process's pid namespace, as the kernel writes it: `pid:[4026531836]`; empty where it cannot be read. */
export const pidNamespace = (root = '/proc'): string => linkOf(`${root}/self/ns/pid`) ?? ''

/** The id of this boot; empty where it cannot be read. */
export function bootId(root = '/proc'): string {
  try {
    return readFileSync(`${root}/sys/kernel/random/boot_id`, 'latin1').trim()
  } catch (error) {
    if (isAbsence(error)) return ''
    throw error
  }
}
