import { MISSED } from '../details/facts.ts'
import type { FactsReader } from '../details/read.ts'
import { execIdOf, ktimeOfExecId, ktimeOfStart } from '../exec-id.ts'
import type { Identity } from '../identity.ts'
import type { ProcessCache } from './cache.ts'
import type { Follower } from './follower.ts'
import type { ProcessImage } from './image.ts'
import { isSameBirth, type Life } from './lives.ts'
import type { Reading } from './reading.ts'

/** Takes in processes that no event told of, with their ancestors up to the kernel. */
export interface Meeting {
  /** As /proc shows it now; undefined: it is gone. `execId`: where another already gave it one. */
  meet(pid: number, node: string | undefined, execId?: string): Life | undefined
  /** The leader of a tree, behind its gate: the gate's own program is ours and of no interest. */
  meetLeader(leader: Identity, node: string): Life
  /** It was gone before it could be looked at. */
  meetDead(process: Identity & { readonly ppid: number; readonly execId: string }, node: string | undefined): Life
}

export interface MeetingPorts {
  readonly cache: ProcessCache
  readonly follower: Follower
  readonly reading: Reading
  readonly facts: FactsReader
  readonly nodeName: string
  readonly ticksPerSecond: number
  readonly now: () => bigint
}

/** pid 0 stands for the kernel; process cache: execution id. */
const KERNEL_KTIME = 1n
const INIT = 1
const KTHREADD = 2
const DEEPEST = 64

export function createMeeting(ports: MeetingPorts): Meeting {
  const { cache, follower, reading, facts, nodeName, ticksPerSecond, now } = ports

  const imageOf = (
    { pid, startTime }: Identity,
    more: Pick<ProcessImage, 'execId' | 'parentExecId' | 'made' | 'node' | 'source'>
  ): ProcessImage => ({
    ...more,
    pid,
    startTime,
    ktime: ktimeOfExecId(more.execId) ?? ktimeOfStart(startTime, ticksPerSecond),
    program: { facts: undefined },
    end: undefined
  })

  const idOfStart = ({ pid, startTime }: Identity): string => execIdOf(nodeName, ktimeOfStart(startTime, ticksPerSecond), pid)

  const kernel = (): string => {
    const execId = execIdOf(nodeName, KERNEL_KTIME, 0)
    const image = imageOf({ pid: 0, startTime: 0 }, { execId, parentExecId: '', made: 'found', node: undefined, source: 'scan' })
    image.program.facts = { ...MISSED, binary: '<kernel>', arguments: '', flags: [] }
    cache.add(image)
    return execId
  }

  /** Empty: in another pid namespace, or gone. */
  const parentIdOf = (pid: number, ppid: number, depth: number): string => {
    if (ppid === 0) return pid === INIT || pid === KTHREADD ? kernel() : ''
    const life = follower.lifeOf(ppid) ?? (depth < DEEPEST ? meet(ppid, undefined, undefined, depth + 1) : undefined)
    return life?.image.execId ?? ''
  }

  const meet = (pid: number, node: string | undefined, execId: string | undefined, depth: number): Life | undefined => {
    const known = follower.lifeOf(pid)
    const found = facts.read(pid)
    if (found === undefined) return undefined
    const readAt = now()
    if (known !== undefined && known.ending === undefined) {
      if (isSameBirth(known, found.startTime)) return known
      follower.end(known, known.exit)
    }
    const identity = { pid, startTime: found.startTime }
    const parentExecId = parentIdOf(pid, found.ppid, depth)
    const id = execId ?? idOfStart(identity)
    const image = imageOf(identity, { execId: id, parentExecId, made: 'found', node, source: 'scan' })
    const life = follower.admit(image, found.threads, readAt)
    reading.have(image, found.facts, readAt)
    return life
  }

  return {
    meet: (pid, node, execId) => meet(pid, node, execId, 0),
    meetLeader(leader, node) {
      const former = follower.lifeOf(leader.pid)
      if (former !== undefined) follower.end(former, former.exit)
      const parentExecId = parentIdOf(leader.pid, process.pid, 0)
      const image = imageOf(leader, { execId: idOfStart(leader), parentExecId, made: 'clone', node, source: 'events' })
      return follower.admit(image, 1, now())
    },
    meetDead({ pid, startTime, ppid, execId }, node) {
      const parentExecId = follower.lifeOf(ppid)?.image.execId ?? ''
      const image = imageOf({ pid, startTime }, { execId, parentExecId, made: 'found', node, source: 'scan' })
      const life = follower.admit(image, 1, now())
      reading.want(image)
      return life
    }
  }
}
