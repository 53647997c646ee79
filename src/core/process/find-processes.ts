import type { ProcessBrief } from '../queries.ts'
import { commandOf } from './command-line.ts'
import type { ProcReader } from './proc-reader.ts'
import { hasEnded, isKernelThread } from './stat-line.ts'

/** A process in short; undefined: it has ended, or is a thread of the kernel. */
export type Brief = (pid: number) => ProcessBrief | undefined

const LONGEST_COMMAND = 4096
const NO_BYTES = Buffer.alloc(0)

export function createBrief(reader: ProcReader, redact: (text: string) => string): Brief {
  return (pid) => {
    const stat = reader.stat(pid)
    if (stat === undefined || hasEnded(stat) || isKernelThread(stat)) return undefined
    const { startTime, ppid, comm } = stat
    const uid = reader.credentials(pid)?.uids[1]
    if (uid === undefined) return undefined
    return { pid, startTime, ppid, uid, comm, command: redact(commandOf(reader.cmdline(pid, LONGEST_COMMAND) ?? NO_BYTES, comm)) }
  }
}

/** Looked at in one go, before others get their turn. */
const PORTION = 100

/**
 * Processes of this machine whose pid, name or shown command line contains `text` (in any case), at most `most`, best first: that pid;
 * a pid or name that begins so; a name that contains it; a command line that does. All of them for an empty text.
 */
export async function findProcesses(text: string, most: number, reader: ProcReader, brief: Brief): Promise<readonly ProcessBrief[]> {
  const wanted = text.trim().toLowerCase()
  const found: { readonly rank: number; readonly process: ProcessBrief }[] = []
  for (const [index, pid] of reader.pids().entries()) {
    if (index % PORTION === PORTION - 1) await new Promise((resolve) => void setImmediate(resolve))
    const process = brief(pid)
    const rank = process === undefined ? undefined : rankOf(process, wanted)
    if (process !== undefined && rank !== undefined) found.push({ rank, process })
  }
  found.sort((a, b) => a.rank - b.rank || a.process.pid - b.process.pid)
  return found.slice(0, Math.max(0, most)).map(({ process }) => process)
}

function rankOf({ pid, comm, command }: ProcessBrief, wanted: string): number | undefined {
  const [number, name] = [String(pid), comm.toLowerCase()]
  if (number === wanted || name === wanted) return 0
  if (number.startsWith(wanted) || name.startsWith(wanted)) return 1
  if (name.includes(wanted)) return 2
  return command.toLowerCase().includes(wanted) ? 3 : undefined
}
