import type { ExitStatus } from '../receipt.ts'
import { type MemberCpu, memberCpu } from './cpu-accounting.ts'
import { type KeptFile, keptFile } from './kept-files.ts'
import type { ProcessSample } from './sample.ts'

/** What the table holds of one process. Changed in place at each look; `sample` is replaced only when something in it changed. */
export interface Member {
  readonly pid: number
  readonly startTime: number
  /** undefined: adopted, origin unknown. */
  node: string | undefined
  sample: ProcessSample
  /** alive; ended: a zombie whose death was told; gone: out of the table. */
  phase: 'alive' | 'ended' | 'gone'
  /** Its program: read, or replaced by an exec since. */
  image: 'read' | 'replaced'
  /** Nanoseconds since boot of the exec that made the image, where it was seen. */
  execKtime: bigint | undefined
  /** Told by the connector; the zombie's own status is better. */
  exitHint: ExitStatus | undefined

  readonly stat: KeptFile
  readonly statm: KeptFile
  /** Proves without native calls that a process of one thread has not run. */
  readonly schedstat: KeptFile
  readonly children: KeptFile
  /** -1: none. */
  pidfd: number

  readonly cpu: MemberCpu
  /** The CPU clock (ms) or schedstat (ns) at the last look: a process whose clock stands still has not run. -1: not known. */
  clock: number
  /** It has or had children, so that its waited-for time may grow. */
  parenthood: boolean
  /** Another one after each exec; 0 where it may not be seen. */
  startStack: number
  /** Resident pages of the last stat line, which rounds a little. */
  rssPages: number
  /** In which round everything of it is looked at. */
  readonly turn: number
}

/** A process as first seen; its times count from birth unless `cpu` is changed. */
export function newMember(
  root: string,
  { sample, startStack }: { readonly sample: ProcessSample; readonly startStack: number },
  node: string | undefined,
  turn: number
): Member {
  const folder = `${root}/${sample.pid}`
  return {
    pid: sample.pid,
    startTime: sample.startTime,
    node,
    sample,
    phase: 'alive',
    image: 'read',
    execKtime: undefined,
    exitHint: undefined,
    stat: keptFile(`${folder}/stat`),
    statm: keptFile(`${folder}/statm`),
    schedstat: keptFile(`${folder}/schedstat`),
    children: keptFile(`${folder}/task/${sample.pid}/children`),
    pidfd: -1,
    cpu: memberCpu(0, 0),
    clock: -1,
    parenthood: false,
    startStack,
    rssPages: -1,
    turn
  }
}
