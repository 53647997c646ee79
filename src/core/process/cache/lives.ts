import type { ExitStatus } from '../../receipt.ts'
import type { ProcessEnd, ProcessImage } from './image.ts'

/** One living process, or one whose end was just told: its newest image, and how many of its threads are left. */
export interface Life {
  image: ProcessImage
  /** When its fork was told; undefined: it was met otherwise. */
  readonly forkedAt: bigint | undefined
  threads: number
  /** told: from its birth on by events; seen: the process was met later, or events were lost, so that its end is looked at before it is believed. */
  count: 'told' | 'seen'
  /** It ended; who comes late may still speak of it. */
  ending: ProcessEnd | undefined
  /** As somebody else reported it. */
  exit: ExitStatus | undefined
  /** What the table last showed as the command of its image: another one means an exec that was not told. */
  command: string | undefined
}

/** A process as /proc shows it now. */
export interface Look {
  readonly startTime: number
  /** Its last thread has ended. */
  readonly ended: boolean
  /** Its first thread has ended. */
  readonly leaderEnded: boolean
}

/** `forkedAt`: told from its birth on. */
export const newLife = (image: ProcessImage, threads: number, forkedAt?: bigint): Life => ({
  image,
  forkedAt,
  threads,
  count: forkedAt === undefined ? 'seen' : 'told',
  ending: undefined,
  exit: undefined,
  command: undefined
})

/** Start times are in ticks, and an event is taken a moment after the start that it tells of. */
export const isSameBirth = (life: Life, startTime: number): boolean => Math.abs(life.image.startTime - startTime) <= 1

/** Whether a fork is that of this very life, told again, or told after it was met. Its number may have been given to another at once. */
export function isOwnFork(life: Life, ktime: bigint, startTime: number): boolean {
  if (life.forkedAt !== undefined) return life.forkedAt === ktime
  return isSameBirth(life, startTime) && (life.ending === undefined || ktime <= life.ending.ktime)
}
