import { readFileSync } from 'node:fs'
import { errnoOf } from '../../src/core/errors.ts'

/** Children of all threads of a process; empty when it is gone. */
export const childrenOf = (pid: number): number[] =>
  (read(`/proc/${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter((word) => word.trim() !== '')
    .map(Number)

/** The words of its command line; empty when it is gone. */
export const commandLineOf = (pid: number): string[] => (read(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1)

/** Whether it waits at the gate, for the next incarnation of a node: no program yet. */
export const isAtGate = (pid: number): boolean => commandLineOf(pid).some((word) => word.includes('TSUPERVISE_GATE'))

/** Highest resident size so far, MiB. */
export function peakMemory(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  if (peak === undefined) throw new Error(`process ${pid} is gone`)
  return Number(peak) / 1024
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined
    throw error
  }
}
