export const NAMESPACES = ['uts', 'ipc', 'mnt', 'pid', 'pid_for_children', 'net', 'time', 'time_for_children', 'cgroup', 'user'] as const
export type NamespaceName = (typeof NAMESPACES)[number]

export interface NamespaceFact {
  readonly inode: number
  /** The same as that of pid 1; undefined: that could not be read. */
  readonly isHost: boolean | undefined
}

/** Inodes of the first namespaces, fixed by the kernel (linux/proc_ns.h): for when those of pid 1 may not be looked at. */
const INITIAL: Readonly<Partial<Record<NamespaceName, number>>> = {
  uts: 4026531838,
  ipc: 4026531839,
  pid: 4026531836,
  pid_for_children: 4026531836,
  time: 4026531834,
  time_for_children: 4026531834,
  cgroup: 4026531835,
  user: 4026531837
}

/** The inode in a link of /proc/PID/ns, as namespaces(7) writes it: `uts:[4026531838]`. */
export function namespaceInode(link: string | undefined): number | undefined {
  const match = /^[a-z_]+:\[(\d+)\]$/.exec(link ?? '')
  return match === null ? undefined : Number(match[1])
}

/** Those that could be read; undefined: none. `linkOf` reads /proc/PID/ns/NAME. */
export function namespacesOf(
  pid: number,
  linkOf: (pid: number, name: NamespaceName) => string | undefined
): Readonly<Partial<Record<NamespaceName, NamespaceFact>>> | undefined {
  const found: Partial<Record<NamespaceName, NamespaceFact>> = {}
  for (const name of NAMESPACES) {
    const inode = namespaceInode(linkOf(pid, name))
    if (inode === undefined) continue
    const host = namespaceInode(linkOf(1, name)) ?? INITIAL[name]
    found[name] = { inode, isHost: host === undefined ? undefined : inode === host }
  }
  return Object.keys(found).length === 0 ? undefined : found
}
