/** Who a process runs as and what it may, of /proc/PID/status; proc_pid_status(5), credentials(7), capabilities(7). */
export interface Credentials {
  readonly uid: number
  readonly euid: number
  readonly suid: number
  readonly fsuid: number
  readonly gid: number
  readonly egid: number
  readonly sgid: number
  readonly fsgid: number
  readonly groups: readonly number[]
  readonly permitted: bigint
  readonly effective: bigint
  readonly inheritable: bigint
  readonly ambient: bigint
}

export interface StatusFacts {
  readonly credentials: Credentials
  /** Its pid in the innermost pid namespace; undefined before Linux 4.1. */
  readonly innerPid: number | undefined
  /** Pid namespaces that it is in, as far as the reader sees them; 1: that of the reader. */
  readonly pidNamespaces: number
}

/** undefined when the text is cut short before the capabilities, or is none. */
export function parseStatusFacts(status: string): StatusFacts | undefined {
  const uids = numbers(status, 'Uid')
  const gids = numbers(status, 'Gid')
  const permitted = mask(status, 'CapPrm')
  const effective = mask(status, 'CapEff')
  const inheritable = mask(status, 'CapInh')
  const [uid, euid, suid, fsuid] = uids
  const [gid, egid, sgid, fsgid] = gids
  if (uid === undefined || euid === undefined || suid === undefined || fsuid === undefined) return undefined
  if (gid === undefined || egid === undefined || sgid === undefined || fsgid === undefined) return undefined
  if (permitted === undefined || effective === undefined || inheritable === undefined) return undefined
  const ambient = mask(status, 'CapAmb') ?? 0n
  const inner = numbers(status, 'NSpid')
  const groups = numbers(status, 'Groups')
  const credentials = { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups, permitted, effective, inheritable, ambient }
  return { credentials, innerPid: inner.at(-1), pidNamespaces: Math.max(1, inner.length) }
}

/** The kernel escapes newlines in the name, which comes first: no process can write a line of its own. */
function wordsOf(status: string, name: string): string | undefined {
  const start = status.indexOf(`\n${name}:`)
  const end = start === -1 ? -1 : status.indexOf('\n', start + 1)
  return end === -1 ? undefined : status.slice(start + name.length + 2, end)
}

const numbers = (status: string, name: string): readonly number[] =>
  (wordsOf(status, name) ?? '')
    .split(/\s+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number)

function mask(status: string, name: string): bigint | undefined {
  const word = wordsOf(status, name)?.trim()
  return word !== undefined && /^[0-9a-f]{16}$/i.test(word) ? BigInt(`0x${word}`) : undefined
}
