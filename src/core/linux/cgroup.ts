import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, watch, writeFile, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import type { Cancel } from '../ports.ts'

/** Puts a process into the cgroup. Errors: ENOENT, EACCES, EPERM, ESRCH, EBUSY, EOPNOTSUPP. */
export const joinCgroup = (folder: string, pid: number): Result<undefined> => write(join(folder, 'cgroup.procs'), String(pid))

/** The same without keeping the loop: the kernel may take 10 ms or more for it (an RCU grace period). */
export const joinCgroupSoon = (folder: string, pid: number): Promise<Result<undefined>> =>
  new Promise((resolve) => {
    const path = join(folder, 'cgroup.procs')
    writeFile(path, String(pid), (error) => resolve(error === null ? success(undefined) : asFailure(error, `writing to ${path} failed`)))
  })

/** Ends every process in the cgroup and below at once; cgroup.kill, Linux 5.14. Error ENOENT: older, or the folder is gone. */
export const killCgroup = (folder: string): Result<undefined> => write(join(folder, 'cgroup.kill'), '1')

/** CPU time of all processes that were ever in the cgroup or below, microseconds; undefined where it cannot be read. */
export function cpuStatUsec(folder: string): number | undefined {
  const match = /^usage_usec (\d+)$/m.exec(read(join(folder, 'cpu.stat')) ?? '')
  return match === null ? undefined : Number(match[1])
}

/** Pids in the cgroup and below it, as this pid namespace names them; undefined when the folder is gone. */
export function cgroupProcs(folder: string): readonly number[] | undefined {
  const own = read(join(folder, 'cgroup.procs'))
  if (own === undefined) return undefined
  const found: number[] = []
  // 0: a process of another pid namespace
  for (const line of own.split('\n')) if (line !== '' && line !== '0') found.push(Number(line))
  for (const child of childFolders(folder)) found.push(...(cgroupProcs(child) ?? []))
  return found
}

/** Whether any process is in the cgroup or below; undefined when the folder is gone. */
export function isPopulated(folder: string): boolean | undefined {
  const match = /^populated ([01])$/m.exec(read(join(folder, 'cgroup.events')) ?? '')
  return match === null ? undefined : match[1] === '1'
}

/** Calls with what holds now at each change between populated and empty; quick changes may show as one, the same may come twice; inotify(7). */
export function watchPopulated(folder: string, onChange: (populated: boolean) => void): Result<Cancel> {
  try {
    const watcher = watch(join(folder, 'cgroup.events'), { persistent: false }, () => {
      const now = isPopulated(folder)
      if (now !== undefined) onChange(now)
    })
    watcher.on('error', () => watcher.close())
    return success(() => watcher.close())
  } catch (error) {
    return asFailure(error, `cgroup ${folder} cannot be watched`)
  }
}

/** Removes an empty cgroup with the folders below it. Errors: EBUSY (a process is still in it), EACCES, EPERM. */
export function removeCgroup(folder: string): Result<undefined> {
  for (const child of childFolders(folder)) {
    const removed = removeCgroup(child)
    if (!removed.ok) return removed
  }
  try {
    rmdirSync(folder)
    return success(undefined)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return success(undefined)
    return asFailure(error, `cgroup ${folder} cannot be removed`)
  }
}

/** Folders below a cgroup. The link count says whether there are any, so that the many control files need not be listed. */
function childFolders(folder: string): readonly string[] {
  try {
    if (lstatSync(folder).nlink <= 2) return []
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name))
  } catch (error) {
    if (errnoOf(error) !== undefined) return []
    throw error
  }
}

/** Makes a folder for processes of ours. Errors: EACCES, EPERM, EROFS, ENOENT, EAGAIN (too many), ENOSPC. */
export function makeCgroup(folder: string): Result<string> {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') return asFailure(error, `cgroup ${folder} cannot be made`)
  }
  if (existsSync(join(folder, 'cgroup.procs'))) return success(folder)
  return failure('facility-missing', `${folder} is no cgroup`)
}

/**
 * Removes what dead supervisors left below `parent`: folders that carry our mark, whose supervisor does not live,
 * that belong to this user and hold no process. Returns the names removed.
 */
export function removeLeftovers(parent: string, isDeadOwner: (folderName: string) => boolean): readonly string[] {
  const removed: string[] = []
  for (const folder of childFolders(parent)) {
    const name = basename(folder)
    if (!isDeadOwner(name) || !isOurs(folder) || isPopulated(folder) !== false) continue
    if (removeCgroup(folder).ok) removed.push(name)
  }
  return removed
}

function isOurs(folder: string): boolean {
  try {
    return lstatSync(folder).uid === process.geteuid?.()
  } catch (error) {
    if (errnoOf(error) !== undefined) return false
    throw error
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}

function write(path: string, text: string): Result<undefined> {
  try {
    writeFileSync(path, text)
    return success(undefined)
  } catch (error) {
    return asFailure(error, `writing to ${path} failed`)
  }
}

function asFailure(error: unknown, what: string): Result<never> {
  const code = errnoOf(error)
  if (code === undefined) throw error
  return failure(code, `${what}: ${code}`)
}
