import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'

/** Folder of this process's own cgroup in the unified hierarchy, wherever that is mounted; cgroups(7). Error: facility-missing. */
export function ownCgroupFolder(root = '/proc'): Result<string> {
  const mounts = textOf(`${root}/self/mountinfo`)
  const membership = textOf(`${root}/self/cgroup`)
  if (mounts === undefined || membership === undefined)
    return failure('facility-missing', 'the mounts and cgroups of this process cannot be read')
  return cgroupFolder(mounts, membership)
}

/** Folder of the memory controller's cgroup of a process, in the unified hierarchy or in cgroup v1; undefined where it is not to be seen. */
export function memoryCgroupFolder(pid: number, root = '/proc'): string | undefined {
  const mounts = textOf(`${root}/self/mountinfo`)
  const membership = textOf(`${root}/${pid}/cgroup`)
  if (mounts === undefined || membership === undefined) return undefined
  const legacy = legacyFolder(mounts, membership, 'memory')
  if (legacy !== undefined) return legacy
  const unified = cgroupFolder(mounts, membership)
  return unified.ok ? unified.value : undefined
}

/** Of a controller that is bound to a cgroup v1 hierarchy. */
function legacyFolder(mountinfo: string, membership: string, controller: string): string | undefined {
  const own = membership.split('\n').map((line) => /^\d+:([^:]+):(\/.*)$/.exec(line))
  const path = own.find((match) => match?.[1]?.split(',').includes(controller))?.[2]
  if (path === undefined) return undefined
  for (const line of mountinfo.split('\n')) {
    const [front, back] = line.split(' - ')
    const [type, , options] = (back ?? '').split(' ')
    if (type !== 'cgroup' || !options?.split(',').includes(controller)) continue
    const [, , , mountRoot, mountPoint] = (front ?? '').split(' ')
    if (mountRoot === undefined || mountPoint === undefined) continue
    const below = pathBelow(unescapeMount(mountRoot), path)
    if (below !== undefined) return join(unescapeMount(mountPoint), below)
  }
  return undefined
}

/** From the texts of /proc/PID/mountinfo (proc_pid_mountinfo(5)) and /proc/PID/cgroup. */
export function cgroupFolder(mountinfo: string, membership: string): Result<string> {
  const own = /^0::(\/.*)$/m.exec(membership)?.[1]
  if (own === undefined) return failure('facility-missing', 'this process is in no cgroup v2')
  for (const line of mountinfo.split('\n')) {
    const [front, back] = line.split(' - ')
    if (back === undefined || !back.startsWith('cgroup2 ')) continue
    const [, , , mountRoot, mountPoint] = (front ?? '').split(' ')
    if (mountRoot === undefined || mountPoint === undefined) continue
    const below = pathBelow(unescapeMount(mountRoot), own)
    if (below !== undefined) return success(join(unescapeMount(mountPoint), below))
  }
  return failure('facility-missing', 'cgroup v2 is not mounted where this process can see its own cgroup')
}

/** A bind mount shows a part of the hierarchy: the path within it, or undefined when our cgroup lies outside. */
function pathBelow(mountRoot: string, own: string): string | undefined {
  if (own.includes('/..')) return undefined
  if (mountRoot === '/') return own
  if (own === mountRoot) return '/'
  return own.startsWith(`${mountRoot}/`) ? own.slice(mountRoot.length) : undefined
}

/** Blanks, tabs, newlines and backslashes are octal in mountinfo. */
const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}
