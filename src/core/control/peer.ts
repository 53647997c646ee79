import type { Socket } from 'node:net'
import { descriptorOf, peerCredentials, peerGroups } from '../linux/peer-credentials.ts'

/** Who is at the other end of a connection. */
export interface Peer {
  readonly uid: number
  /** As they are called in receipts and the log. */
  readonly by: string
  /** The owner of the run and root; a member of the configured group; anybody else. */
  readonly standing: 'owner' | 'member' | 'stranger'
}

export interface PeerOptions {
  /** The supervisor's. */
  readonly ownUid: number
  /** undefined: nobody but the owner and root. */
  readonly gid: number | undefined
  /** A user's name; undefined: unknown. */
  readonly nameOf: (uid: number) => string | undefined
}

/**
 * Who connected, by SO_PEERCRED and the groups that the process had then. Without native calls the socket is for its owner
 * alone (mode 0600), so the peer is taken for the owner.
 */
export function identifyPeer(socket: Socket, { ownUid, gid, nameOf }: PeerOptions): Peer {
  const descriptor = descriptorOf(socket)
  const credentials = peerCredentials(descriptor)
  if (!credentials.ok) {
    const standing = credentials.error.code === 'facility-missing' ? 'owner' : 'stranger'
    return { uid: ownUid, by: 'the control socket', standing }
  }
  const { uid, gid: own, pid } = credentials.value
  const by = `${nameOf(uid) ?? 'uid'} (uid ${uid}${pid === 0 ? '' : `, process ${pid}`})`
  if (uid === ownUid || uid === 0) return { uid, by, standing: 'owner' }
  if (gid === undefined) return { uid, by, standing: 'stranger' }
  const groups = peerGroups(descriptor)
  const isMember = own === gid || (groups.ok && groups.value.includes(gid))
  return { uid, by, standing: isMember ? 'member' : 'stranger' }
}

/** What they may do. */
export function mayDo({ standing }: Peer, groupMay: 'read' | 'all'): 'all' | 'read' | 'nothing' {
  if (standing === 'owner') return 'all'
  return standing === 'member' ? groupMay : 'nothing'
}
