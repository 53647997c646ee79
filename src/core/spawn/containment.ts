import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import { joinCgroupSoon, removeCgroup } from '../linux/cgroup.ts'
import { createTreeCgroup } from '../linux/tree-cgroups.ts'
import type { Containment } from '../settings.ts'

/** What holds the tree of a child together. */
export type Held = { readonly kind: 'cgroup'; readonly folder: string } | { readonly kind: 'subreaper' | 'group' }

/**
 * Puts a child that waits at the gate into the strongest containment that its settings allow and this machine has.
 * Errors: containment-missing, when the settings insist on one that cannot be had.
 */
export async function contain(wanted: Containment, node: string, pid: number, subreaper: boolean): Promise<Result<Held>> {
  if (wanted === 'group') return success({ kind: 'group' })
  if (wanted === 'subreaper') return subreaper ? success({ kind: 'subreaper' }) : lacking('subreaper', 'it is not available here')
  const folder = await cgroupFor(node, pid)
  if (folder.ok) return success({ kind: 'cgroup', folder: folder.value })
  if (wanted === 'cgroup') return lacking('cgroup', folder.error.message)
  return success({ kind: subreaper ? 'subreaper' : 'group' })
}

const lacking = (containment: string, why: string): Result<never> =>
  failure('containment-missing', `containment \`${containment}\` was asked for, but ${why}; use \`auto\` to take what there is`)

async function cgroupFor(node: string, pid: number): Promise<Result<string>> {
  const folder = createTreeCgroup(node)
  if (!folder.ok) return folder
  const joined = await joinCgroupSoon(folder.value, pid)
  if (joined.ok) return folder
  removeCgroup(folder.value)
  return joined
}

/** Takes away what the containment of an empty tree leaves. Error EBUSY: a process is still in the cgroup. */
export const release = (held: Held): Result<undefined> => (held.kind === 'cgroup' ? removeCgroup(held.folder) : success(undefined))
