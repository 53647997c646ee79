import type { Cancel } from '../ports.ts'
import type { Peer } from './peer.ts'
import { refuse } from './refusal.ts'

/** Streams and requests that wait, together; members of the group get half of them. */
export const MOST_STREAMS = 100
const SHARE_OF_MEMBERS = 0.5

/** Takes one of a bounded number of places; gives what gives it back. Throws the refusal (429) where there is none. */
export type TakePlace = (peer: Peer) => Cancel

export function createPlaces(most = MOST_STREAMS): TakePlace {
  let taken = 0
  let byMembers = 0
  return (peer) => {
    const isMember = peer.standing !== 'owner'
    if (taken >= most || (isMember && byMembers >= most * SHARE_OF_MEMBERS)) {
      throw refuse(429, 'too-many-streams', `${taken} streams are open, and no more are served`, 'End one of them, or try again later.')
    }
    const weight = isMember ? 1 : 0
    taken += 1
    byMembers += weight
    let held = true
    return () => {
      if (held) {
        taken -= 1
        byMembers -= weight
      }
      held = false
    }
  }
}
