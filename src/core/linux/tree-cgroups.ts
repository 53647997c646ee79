import { readFileSync, readlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import { makeCgroup, removeCgroup, removeLeftovers } from './cgroup.ts'
import { ownCgroupFolder } from './cgroup-mount.ts'

/** Folders of the trees of one supervisor, below one folder that carries its identity. */
export interface TreeCgroups {
  readonly base: string
  /** A new, empty cgroup for one incarnation of a node. */
  create(node: string): Result<string>
  /** Removes the base if it is empty. */
  close(): void
}

/** `tsupervise.<pid namespace>.<pid>.<start time>`: tells whose the folder is, and whether that process still lives. */
const FOLDER = /^tsupervise\.(\d+)\.(\d+)\.(\d+)$/

/** Whether a supervisor made this folder, or one of that name, for a tree. */
export const isTreeCgroup = (folder: string): boolean => FOLDER.test(basename(dirname(folder)))

/**
 * Prepares cgroups for trees below `parent` (our own cgroup unless told), after removing the empty ones of dead supervisors.
 * Errors: facility-missing, EACCES, EPERM, EROFS, ... of the first folder that could not be made.
 */
export function openTreeCgroups(parent: Result<string> = ownCgroupFolder()): Result<TreeCgroups> {
  if (!parent.ok) return parent
  const namespace = pidNamespaceNumber()
  const start = startTimeOf(process.pid)
  if (namespace === undefined || start === undefined) return failure('facility-missing', 'this process cannot read its own identity')
  removeLeftovers(parent.value, (name) => isOfDead(name, namespace))
  const base = makeCgroup(join(parent.value, `tsupervise.${namespace}.${process.pid}.${start}`))
  if (!base.ok) return base
  let made = 0
  return success({
    base: base.value,
    create: (node) => makeCgroup(join(base.value, `${node}.${++made}`)),
    close: () => void removeCgroup(base.value)
  })
}

function isOfDead(name: string, namespace: string): boolean {
  const match = FOLDER.exec(name)
  if (match === null || match[1] !== namespace) return false
  return startTimeOf(Number(match[2])) !== match[3]
}

function pidNamespaceNumber(): string | undefined {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}

/** Field 22 of /proc/PID/stat as text; undefined for no such process. */
function startTimeOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19]
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}

let opened: Result<TreeCgroups> | undefined

/** The cgroups of this supervisor, prepared at the first use. */
export function treeCgroups(): Result<TreeCgroups> {
  opened ??= openTreeCgroups()
  return opened
}

/** A new, empty cgroup for a tree, below our own; the error says why there is none (and every use has a fallback). */
export function createTreeCgroup(node: string): Result<string> {
  const cgroups = treeCgroups()
  return cgroups.ok ? cgroups.value.create(node) : cgroups
}

/** Removes the folder of this supervisor when nothing is left in it. */
export function closeTreeCgroups(): void {
  if (opened?.ok) opened.value.close()
  opened = undefined
}
