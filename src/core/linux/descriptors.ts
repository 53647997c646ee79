import { readFileSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { libc } from './libc.ts'

/** prlimit64(2). */
const SYS_PRLIMIT64 = process.arch === 'x64' ? 302 : 261
const RLIMIT_NOFILE = 7

export interface NofileLimit {
  readonly soft: number
  readonly hard: number
}

/** RLIMIT_NOFILE from the text of /proc/PID/limits; undefined when the line is missing. */
export function parseNofileLimit(limits: string): NofileLimit | undefined {
  const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(limits)
  if (match === null) return undefined
  return { soft: limitNumber(match[1]), hard: limitNumber(match[2]) }
}

const limitNumber = (text: string | undefined): number => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text))

/** The limit of one process now; undefined where it cannot be read. */
export function nofileLimitOf(pid: number): NofileLimit | undefined {
  try {
    return parseNofileLimit(readFileSync(`/proc/${pid}/limits`, 'latin1'))
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}

/**
 * Raises the soft limit of this process to the hard one, and tells what holds then. Node does it too at its start;
 * this covers a Node that does not. Children must be given the limit that the supervisor was started with: `inheritedSoftLimit`.
 */
export function raiseNofileLimit(): NofileLimit {
  const now = nofileLimitOf(process.pid) ?? { soft: 1024, hard: 1024 }
  const c = libc()
  if (c === undefined || now.soft >= now.hard || !Number.isFinite(now.hard)) return now
  const wanted = Buffer.from(new ArrayBuffer(16))
  wanted.writeBigUInt64LE(BigInt(now.hard), 0)
  wanted.writeBigUInt64LE(BigInt(now.hard), 8)
  const { value } = c.syscall(SYS_PRLIMIT64, 0, RLIMIT_NOFILE, wanted, null)
  return value === 0 ? { soft: now.hard, hard: now.hard } : now
}

/** The soft limit to restore for children: that of the process which started the supervisor, because Node has raised its own. */
export const inheritedSoftLimit = (): number | undefined => nofileLimitOf(process.ppid)?.soft

/** One account of the descriptors that the supervisor keeps open for good: stat files, pidfds, sockets, pipes. */
export interface DescriptorBudget {
  readonly limit: number
  readonly used: number
  /** Whether `count` more may be opened; they are counted when true. */
  take(count: number): boolean
  give(count: number): void
  /** The kernel said EMFILE or ENFILE: nothing more than what is open now. */
  exhaust(): void
}

/** What is left for sockets, pipes, the interface and a burst of short reads. */
const RESERVE_SHARE = 0.2
const LEAST_RESERVE = 64
/** More than this helps nobody: 4,194,304 pids are the most that Linux has. */
const LARGEST_BUDGET = 8_388_608

/** A budget within `soft` descriptors, a fifth (at least 64) kept back. */
export function createDescriptorBudget(soft: number): DescriptorBudget {
  const kept = Math.max(LEAST_RESERVE, Math.ceil(Math.min(soft, LARGEST_BUDGET) * RESERVE_SHARE))
  let limit = Math.max(0, Math.min(soft, LARGEST_BUDGET) - kept)
  let used = 0
  return {
    get limit() {
      return limit
    },
    get used() {
      return used
    },
    take(count) {
      if (used + count > limit) return false
      used += count
      return true
    },
    give(count) {
      used = Math.max(0, used - count)
    },
    exhaust() {
      limit = Math.min(limit, used)
    }
  }
}

/** At most this share (0..1) of a budget that others take from too, so that they are left the rest. */
export function shareOf(budget: DescriptorBudget, share: number): DescriptorBudget {
  let used = 0
  const limit = (): number => Math.floor(budget.limit * share)
  return {
    get limit() {
      return limit()
    },
    get used() {
      return used
    },
    take(count) {
      if (used + count > limit() || !budget.take(count)) return false
      used += count
      return true
    },
    give(count) {
      const given = Math.min(count, used)
      used -= given
      budget.give(given)
    },
    exhaust: () => budget.exhaust()
  }
}
