import type { ProcessImage } from '../../src/core/process/cache/image.ts'
import { execIdOf } from '../../src/core/process/exec-id.ts'

export const NODE = 'n'
export const idOf = (pid: number, ktime: bigint): string => execIdOf(NODE, ktime, pid)

/** An image as the tests need it; made at `ktime`, below `parent`. */
export function imageOf(pid: number, ktime = BigInt(pid) * 1000n, parent = '', made: ProcessImage['made'] = 'exec'): ProcessImage {
  return {
    execId: idOf(pid, ktime),
    pid,
    startTime: 0,
    ktime,
    parentExecId: parent,
    made,
    node: 'worker',
    source: 'events',
    program: { facts: undefined },
    end: undefined
  }
}
