/** What a term of a filter may be about, and what it says then; the names that `core/process/details/filter.ts` has too mean the same. */
export const FILTER_HELP = {
  name: 'a part of the name or of the command',
  pid: 'the pid',
  ppid: "the parent's pid",
  user: 'the user that the node runs as',
  state: 'running, zombie, Z, over, backing-off, ...',
  node: 'a part of the name of the node',
  kind: 'worker, extension, process or orphan',
  uid: 'the real user id',
  euid: 'the effective user id',
  gid: 'the real group id',
  egid: 'the effective group id',
  auid: 'the user id of the login, or unset',
  bin: 'a part of the path of the program',
  args: 'a part of the arguments',
  cwd: 'the working folder, or one that holds it',
  container: 'a part of the id of the container',
  pod: 'the pod: name, or namespace/name',
  workload: 'what the pod belongs to',
  cap: 'an effective capability: net_raw, CAP_KILL',
  ns: 'a namespace, by its inode',
  exec: 'a part of the execution id',
  parent: "the beginning of the parent's execution id",
  flag: 'a flag of the process cache: execve, rootcwd, ...',
  prop: 'the beginning of a property: setuid, setgid, ...',
  text: 'a part of the whole command line'
} as const

export type FieldName = keyof typeof FILTER_HELP

export const FIELD_NAMES = Object.keys(FILTER_HELP) as readonly FieldName[]
