import { createProcReader } from '../../src/core/process/proc-reader.ts'
import type { ProcessSample } from '../../src/core/process/sample.ts'
import { hasEnded } from '../../src/core/process/stat-line.ts'
import type { TestProcesses } from './processes.ts'

const reader = createProcReader()

/** Facts of one living process. */
export function sampleOf(pid: number): ProcessSample | undefined {
  const stat = reader.stat(pid)
  if (stat === undefined || hasEnded(stat)) return undefined
  const { startTime, ppid, pgid, sid, state, comm, threads, rssPages } = stat
  return {
    pid,
    startTime,
    execId: `exec-${pid}`,
    ppid,
    pgid,
    sid,
    state,
    comm,
    command: comm,
    threads,
    cpuMs: 0,
    rssBytes: rssPages * 4096
  }
}

/** The living processes of one test, leader first: an independent way to find a tree, by the mark in the environment. */
export const membersOf = (processes: TestProcesses, leaderPid: number) => async (): Promise<readonly ProcessSample[]> => {
  const found = processes.alive().flatMap(({ pid }) => sampleOf(pid) ?? [])
  return found.sort((a, b) => Number(b.pid === leaderPid) - Number(a.pid === leaderPid))
}
