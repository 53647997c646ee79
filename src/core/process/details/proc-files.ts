import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs'
import { errnoOf, failure, type Result, success } from '../../errors.ts'
import type { BinaryFile } from './binary.ts'

/** A folder of /proc: `4711`, or `4711/task/4712` where the first thread has ended before the others and has no program any more. */
export type ProcFolder = number | string

/** The small files and links of one process; the name of the error where the kernel refuses. The root of /proc is a value. */
export interface ProcFiles {
  /** At most `limit` bytes, in a buffer that the next read uses again. */
  read(of: ProcFolder, name: string, limit?: number): Result<Buffer>
  link(of: ProcFolder, name: string): Result<string>
  /** stat(2) of the program that runs, through the link. */
  binaryFile(of: ProcFolder): Result<BinaryFile>
  /** Inode of a path as the process sees it. */
  inodeSeenBy(of: ProcFolder, path: string): string | undefined
  /** Another thread than the first. */
  otherThread(pid: number): ProcFolder | undefined
}

const LARGEST = 65_536

export function createProcFiles(root = '/proc'): ProcFiles {
  const buffer = Buffer.from(new ArrayBuffer(LARGEST))

  const read = (path: string, limit: number): Buffer => {
    const descriptor = openSync(path, 'r')
    try {
      let length = 0
      for (;;) {
        const got = readSync(descriptor, buffer, length, Math.min(limit, LARGEST) - length, null)
        if (got === 0) break
        length += got
      }
      return buffer.subarray(0, length)
    } finally {
      closeSync(descriptor)
    }
  }

  return {
    read: (of, name, limit = LARGEST) => attempt(() => read(`${root}/${of}/${name}`, limit)),
    link: (of, name) => attempt(() => readlinkSync(`${root}/${of}/${name}`)),
    binaryFile: (of) =>
      attempt(() => {
        const { ino, nlink, mode, uid, gid } = statSync(`${root}/${of}/exe`, { bigint: true })
        return { inode: String(ino), links: Number(nlink), mode: Number(mode), uid: Number(uid), gid: Number(gid) }
      }),
    inodeSeenBy(of, path) {
      const seen = attempt(() => String(statSync(`${root}/${of}/root${path}`, { bigint: true }).ino))
      return seen.ok ? seen.value : undefined
    },
    otherThread(pid) {
      const threads = attempt(() => readdirSync(`${root}/${pid}/task`))
      const other = threads.ok ? threads.value.find((tid) => tid !== String(pid)) : undefined
      return other === undefined ? undefined : `${pid}/task/${other}`
    }
  }
}

/** Every refusal of the kernel is a result: a process may vanish, or be somebody else's, at any step. */
function attempt<T>(effect: () => T): Result<T> {
  try {
    return success(effect())
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, error instanceof Error ? error.message : code)
  }
}
