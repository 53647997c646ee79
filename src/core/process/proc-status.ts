/** What /proc/PID/status tells beyond stat; proc_pid_status(5). */
export interface ProcStatus {
  readonly name: string
  readonly tgid: number
  readonly pid: number
  readonly ppid: number
  /** Real, effective, saved, file system. */
  readonly uids: readonly number[]
  readonly gids: readonly number[]
  readonly groups: readonly number[]
  readonly threads: number
  /** Signals as bit masks: bit n - 1 is signal n. */
  readonly caught: bigint
  readonly ignored: bigint
  readonly blocked: bigint
}

/** Parses the text of /proc/PID/status; undefined when it is cut short before the signal masks. */
export function parseProcStatus(text: string): ProcStatus | undefined {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    // the first line of a name wins: a name with an escaped newline cannot add lines, but be certain
    if (colon > 0 && !fields.has(line.slice(0, colon))) fields.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const caught = mask(fields.get('SigCgt'))
  const ignored = mask(fields.get('SigIgn'))
  const blocked = mask(fields.get('SigBlk'))
  const pid = integer(fields.get('Pid'))
  if (caught === undefined || ignored === undefined || blocked === undefined || pid === undefined) return undefined
  return {
    name: fields.get('Name') ?? '',
    tgid: integer(fields.get('Tgid')) ?? pid,
    pid,
    ppid: integer(fields.get('PPid')) ?? 0,
    uids: integers(fields.get('Uid')),
    gids: integers(fields.get('Gid')),
    groups: integers(fields.get('Groups')),
    threads: integer(fields.get('Threads')) ?? 1,
    caught,
    ignored,
    blocked
  }
}

/** Whether the process has a handler for the signal with this number. */
export const catches = (status: ProcStatus, signalNumber: number): boolean => ((status.caught >> BigInt(signalNumber - 1)) & 1n) === 1n

const integer = (text: string | undefined): number | undefined => (text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined)

const integers = (text: string | undefined): number[] =>
  (text ?? '')
    .split(/\s+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number)

const mask = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^[0-9a-f]{16}$/i.test(text) ? BigInt(`0x${text}`) : undefined

/** Who a process runs as, and of which thread group it is. */
export interface ProcCredentials {
  readonly tgid: number
  /** Real, effective, saved. */
  readonly uids: readonly number[]
}

const TGID = '\nTgid:\t'
const UID = '\nUid:\t'

/** These lines alone of /proc/PID/status: a quarter of the time of all. The name, which comes first, cannot hold a newline. */
export function parseCredentials(status: Buffer): ProcCredentials | undefined {
  const tgid = integers(lineAfter(status, TGID))
  const uids = integers(lineAfter(status, UID))
  if (tgid[0] === undefined || uids.length !== 4) return undefined
  return { tgid: tgid[0], uids: uids.slice(0, 3) }
}

function lineAfter(bytes: Buffer, start: string): string | undefined {
  const at = bytes.indexOf(start, 0, 'latin1')
  const end = at === -1 ? -1 : bytes.indexOf(0x0a, at + start.length)
  return end === -1 ? undefined : bytes.toString('latin1', at + start.length, end)
}
