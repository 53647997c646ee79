import type { Identity } from '../process/identity.ts'
import type { ProcessSample } from '../process/sample.ts'
import type { ExitStatus, LedgerEntry, NextStep, Receipt, ReceiptProcess, SignalRecord, StopReason } from '../receipt.ts'

/** What bounds one receipt; 200 of them are kept. */
const MOST_SIGNALS = 1000
const MOST_PROCESSES = 256
const LONGEST_DIAGNOSTICS = 65_536

export interface ReceiptOpening {
  readonly id: number
  readonly node: string
  readonly incarnation: number
  readonly leader: Identity & { readonly execId: string }
  readonly mode: Receipt['mode']
  readonly reason: StopReason
  readonly window: readonly LedgerEntry[]
  /** The tree now, leader first; the first 256 are written down. */
  readonly tree: readonly ProcessSample[]
  /** Wall clock, ms since the epoch. */
  readonly at: number
}

/** A stop begins; watchdog: "Kill receipt". */
export const openReceipt = (opening: ReceiptOpening): Receipt => ({
  id: opening.id,
  node: opening.node,
  incarnation: opening.incarnation,
  leader: { pid: opening.leader.pid, startTime: opening.leader.startTime, execId: opening.leader.execId },
  mode: opening.mode,
  reason: opening.reason,
  window: opening.window,
  tree: opening.tree.slice(0, MOST_PROCESSES).map(receiptProcess),
  signals: [],
  diagnostics: undefined,
  exit: undefined,
  survivors: [],
  openedAt: isoTime(opening.at),
  closedAt: undefined,
  durationMs: undefined,
  next: undefined
})

/** Accounts for a signal, sent or left out; the first 1,000. */
export const addSignal = (receipt: Receipt, signal: SignalRecord): Receipt =>
  receipt.signals.length >= MOST_SIGNALS ? receipt : { ...receipt, signals: [...receipt.signals, signal] }

/** What a hook found out before the stop, cut at 65,536 characters. */
export const addDiagnostics = (receipt: Receipt, output: string): Receipt => ({
  ...receipt,
  diagnostics: output.slice(0, LONGEST_DIAGNOSTICS)
})

export interface ReceiptClosing {
  /** Of the leader; undefined: it had ended before, or its status is unknown. */
  readonly exit: ExitStatus | undefined
  readonly survivors: readonly ProcessSample[]
  /** Wall clock, ms since the epoch. */
  readonly at: number
  /** Monotonic, since it was opened. */
  readonly durationMs: number
}

/** The stop is over, or is given up: `survivors` would not die. Can be done again when they are gone after all. */
export const closeReceipt = (receipt: Receipt, closing: ReceiptClosing): Receipt => ({
  ...receipt,
  exit: closing.exit,
  survivors: closing.survivors.slice(0, MOST_PROCESSES).map(receiptProcess),
  closedAt: isoTime(closing.at),
  durationMs: closing.durationMs
})

/** What happens next is known only after the stop. */
export const followReceipt = (receipt: Receipt, next: NextStep): Receipt => ({ ...receipt, next })

const receiptProcess = ({ pid, startTime, ppid, execId, command, state, rssBytes, cpuMs }: ProcessSample): ReceiptProcess => ({
  pid,
  startTime,
  ppid,
  execId,
  command,
  state,
  rssBytes,
  cpuMs
})

const isoTime = (ms: number): string => new Date(ms).toISOString()
