/** Who a process runs as; proc_pid_status(5). Ids are those of the reader's user namespace. */
export interface CheckedCredentials {
  /** Real, effective, saved, file system. */
  readonly uids: readonly number[]
  readonly gids: readonly number[]
  readonly groups: readonly number[]
  /** Whether it has any permitted capability; undefined: not said. */
  readonly hasCapabilities: boolean | undefined
}

/** undefined when the ids are missing or cut. */
export function parseCheckedCredentials(status: string): CheckedCredentials | undefined {
  const uids = numbers(status, 'Uid')
  const gids = numbers(status, 'Gid')
  if (uids?.length !== 4 || gids?.length !== 4) return undefined
  const permitted = lineOf(status, 'CapPrm')?.trim()
  return {
    uids,
    gids,
    groups: numbers(status, 'Groups') ?? [],
    hasCapabilities: permitted !== undefined && /^[0-9a-f]+$/i.test(permitted) ? !/^0+$/.test(permitted) : undefined
  }
}

/** The kernel escapes newlines in the name, which comes first: no process can write a line of its own. */
function lineOf(status: string, name: string): string | undefined {
  const at = status.startsWith(`${name}:`) ? 0 : status.indexOf(`\n${name}:`) + 1
  if (at === 0 && !status.startsWith(`${name}:`)) return undefined
  const end = status.indexOf('\n', at)
  return end === -1 ? undefined : status.slice(at + name.length + 1, end)
}

const numbers = (status: string, name: string): readonly number[] | undefined =>
  lineOf(status, name)
    ?.split(/\s+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number)

/** How a process dropped, or did not drop, the privileges of root; "GID 0 but not UID 0". */
export type Drop =
  /** Runs as root, or has nothing of root. */
  | 'none'
  /** The effective uid is not root's, the real or saved one is: it may come back. No violation. */
  | 'temporary'
  /** No uid is 0, a gid is: setuid before setgid. */
  | 'group-kept'
  /** Neither, but group 0 is among the supplementary ones: setgroups was forgotten. */
  | 'groups-kept'
  /** None of these, but capabilities without root. */
  | 'capabilities-kept'

/** The worst that these ids say. */
export function dropOf({ uids, gids, groups, hasCapabilities }: CheckedCredentials): Drop {
  if (uids.includes(0)) return uids[1] === 0 ? 'none' : 'temporary'
  if (gids.includes(0)) return 'group-kept'
  if (groups.includes(0)) return 'groups-kept'
  return hasCapabilities === true ? 'capabilities-kept' : 'none'
}

/** Whether it is a violation of `gid0-not-uid0`; the strict options add what they name. */
export function violatesGid0(
  credentials: CheckedCredentials,
  strict: { readonly groups: boolean; readonly capabilities: boolean }
): boolean {
  const { uids, gids, groups, hasCapabilities } = credentials
  if (uids.includes(0)) return false
  if (gids.includes(0)) return true
  return (strict.groups && groups.includes(0)) || (strict.capabilities && hasCapabilities === true)
}
