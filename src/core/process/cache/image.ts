import type { ExitStatus } from '../../receipt.ts'
import type { ProcessFacts } from '../details/facts.ts'

/** What an exec loaded, shared by its image and the clones of it; undefined: not read yet. */
export interface Program {
  facts: ProcessFacts | undefined
}

export interface ProcessEnd {
  /** Nanoseconds since boot. */
  readonly ktime: bigint
  /** undefined: nobody told. */
  readonly exit: ExitStatus | undefined
  /** The thread that was the last, where that is not the first one. */
  readonly tid: number | undefined
}

/** One program in one process, from the clone or exec that made it; process cache: execution id. */
export interface ProcessImage {
  readonly execId: string
  readonly pid: number
  /** Clock ticks since boot of the process, as /proc tells; from the event of its fork until that was read. */
  startTime: number
  /** Nanoseconds since boot of the clone or exec. */
  readonly ktime: bigint
  /** Empty: unknown. */
  readonly parentExecId: string
  /** found: in /proc, made before anybody told, or where nobody tells. */
  readonly made: 'clone' | 'exec' | 'found'
  /** The managed tree that it belongs to. */
  readonly node: string | undefined
  /** How it came to be known. */
  readonly source: 'events' | 'scan'
  readonly program: Program
  end: ProcessEnd | undefined
}

/** A copy that can be given away: changing it changes nothing. */
export type ProcessCopy = Omit<ProcessImage, 'program'> & {
  readonly facts: ProcessFacts | undefined
  /** References at this moment. */
  readonly references: number
  /** The thread that an event is about, where it is not the first; never in the cache. */
  readonly tid?: number
}

/** The image of a new process: the program of its parent, until it executes another. */
export const cloneOf = (parent: ProcessImage, own: Pick<ProcessImage, 'execId' | 'pid' | 'startTime' | 'ktime'>): ProcessImage => ({
  ...own,
  parentExecId: parent.execId,
  made: 'clone',
  node: parent.node,
  source: 'events',
  program: parent.program,
  end: undefined
})

/** The image that an exec makes of another one; below that where it was one of an exec itself, else below the Linux parent. */
export const execOf = (former: ProcessImage, own: Pick<ProcessImage, 'execId' | 'ktime' | 'end'>): ProcessImage => ({
  ...own,
  pid: former.pid,
  startTime: former.startTime,
  parentExecId: former.made === 'clone' ? former.parentExecId : former.execId,
  made: 'exec',
  node: former.node,
  source: 'events',
  program: { facts: undefined }
})
