import { readFileSync, readlinkSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { type PeerCredentials, peerCredentials, peerPidfd } from '../linux/peer-credentials.ts'
import { closePidfd, signalPidfd } from '../linux/pidfd.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import type { Asker } from './authority.ts'

/** Tells who is at the other end of a connected Unix socket. */
export type IdentifyAsker = (fd: number) => Asker

/**
 * By SO_PEERCRED, and by what /proc says of that process while SO_PEERPIDFD proves that it still has its number. On kernels without
 * the latter (Linux < 6.5) the process that now has the number must have the peer's uid. Without native calls the socket is for its
 * owner alone, so the peer is taken for the owner.
 */
export function createIdentifyAsker(reader: ProcReader, overflowUid: number): IdentifyAsker {
  const own = {
    pid: linkOf(`${reader.root}/self/ns/pid`),
    user: linkOf(`${reader.root}/self/ns/user`),
    map: textOf(`${reader.root}/self/uid_map`)
  }

  /** undefined: cannot be told any more. */
  const isHere = (pid: number): boolean | undefined => {
    const pidNamespace = linkOf(`${reader.root}/${pid}/ns/pid`)
    const userNamespace = linkOf(`${reader.root}/${pid}/ns/user`)
    if (pidNamespace !== undefined && userNamespace !== undefined) return pidNamespace === own.pid && userNamespace === own.user
    // another user's process shows no links, but its status lists its number in every namespace below ours, and its map is open
    const numbers = /^NSpid:\s+(\d+(?:\s+\d+)*)$/m.exec(textOf(`${reader.root}/${pid}/status`) ?? '')?.[1]
    const map = textOf(`${reader.root}/${pid}/uid_map`)
    if (numbers === undefined || map === undefined) return undefined
    return !/\s/.test(numbers.trim()) && map === own.map
  }

  const strange = (uid: number, pid: number, standing: Asker['standing']): Asker => ({
    uid,
    pid,
    startTime: undefined,
    standing,
    name: undefined
  })

  const look = ({ uid, pid }: PeerCredentials, fd: number): Asker => {
    const pidfd = peerPidfd(fd)
    try {
      const startTime = reader.stat(pid)?.startTime
      const here = isHere(pid)
      const proven = pidfd.ok ? signalPidfd(pidfd.value, 0, 'process') !== 'gone' : pidfd.error.code === 'ENOPROTOOPT' && hasUid(pid, uid)
      if (!proven || startTime === undefined || here === undefined) return strange(uid, pid, 'exited')
      return { uid, pid, startTime, standing: here ? 'here' : 'other-namespace', name: undefined }
    } finally {
      if (pidfd.ok) closePidfd(pidfd.value)
    }
  }

  const hasUid = (pid: number, uid: number): boolean => reader.status(pid)?.uids[1] === uid

  return (fd) => {
    const credentials = peerCredentials(fd)
    if (!credentials.ok) {
      const isOwner = credentials.error.code === 'facility-missing'
      return isOwner ? strange(process.geteuid?.() ?? overflowUid, 0, 'here') : strange(overflowUid, 0, 'overflow-uid')
    }
    const { uid, pid } = credentials.value
    if (uid === overflowUid) return strange(uid, pid, 'overflow-uid')
    return pid === 0 ? strange(uid, pid, 'other-namespace') : look(credentials.value, fd)
  }
}

const linkOf = (path: string): string | undefined => quietly(() => readlinkSync(path))
const textOf = (path: string): string | undefined => quietly(() => readFileSync(path, 'latin1'))

/** undefined for what is gone or may not be read. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
