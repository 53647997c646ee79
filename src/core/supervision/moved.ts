import { readFileSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { cgroupFolder } from '../linux/cgroup-mount.ts'

/** A member of a tree that is not in the tree's cgroup: root, or PAM for it, moved it. */
export interface Moved {
  readonly pid: number
  /** Where it is, as /proc/PID/cgroup says. */
  readonly to: string
}

/** Which of these processes are not in the cgroup or below it; those that are gone are not told. */
export function movedElsewhere(cgroup: string, members: readonly { readonly pid: number }[]): readonly Moved[] {
  const mounts = textOf('/proc/self/mountinfo')
  return members.flatMap(({ pid }) => {
    const membership = textOf(`/proc/${pid}/cgroup`)
    const to = /^0::(.*)$/m.exec(membership)?.[1]
    if (to === undefined) return []
    const folder = cgroupFolder(mounts, membership)
    const isInside = folder.ok && (folder.value === cgroup || folder.value.startsWith(`${cgroup}/`))
    return isInside ? [] : [{ pid, to }]
  })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return ''
  }
}
