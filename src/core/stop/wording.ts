import type { ExitStatus, NextStep, Receipt, SignalRecord, StopReason } from '../receipt.ts'
import type { OrphanTerms } from '../settings.ts'

/** Why a tree is stopped, for a person. */
export function describeReason(reason: StopReason): string {
  switch (reason.kind) {
    case 'limit':
      return shortened(reason.arithmetic)
    case 'health':
      return `health check failed: ${reason.detail}`
    case 'readiness':
      return `not ready in time: ${reason.detail}`
    case 'command':
      return `${reason.command} asked for by ${reason.by}`
    case 'shutdown':
      return `shutdown: ${reason.detail}`
    case 'leftovers':
      return `left behind: ${reason.detail}`
    case 'check':
      return `check ${reason.check}: ${reason.detail}`
    case 'orphan':
      return reason.detail
  }
}

/** `exited 143`, `killed by SIGKILL`, `killed by the kernel, out of memory (oom-kill)`. */
export function describeExit(exit: ExitStatus): string {
  if (exit.oomKilled) return 'killed by the kernel, out of memory (oom-kill)'
  if (exit.signal !== undefined) return `killed by ${exit.signal}`
  if (exit.code !== undefined) return `exited ${exit.code}`
  return 'ended, status unknown'
}

/** What happens after a stop. */
export function describeNext(next: NextStep): string {
  switch (next.kind) {
    case 'respawn':
      return `starts again ${next.delayMs === 0 ? 'at once' : `in ${seconds(next.delayMs)}`}, ${usesLeft(next.usesLeft)}`
    case 'restart':
      return 'starts again at once'
    case 'stopped':
      return 'stays stopped'
    case 'failed':
      return `failed: ${next.detail}`
    case 'shutdown':
      return `the supervisor ends with exit code ${next.code}`
    case 'none':
      return 'observed only, nothing was done'
  }
}

/** One line: `indexer 4290 stopped: CPU 3120 > 600 ms (10% x 3 s x 2) for 12 s; TERM, exited 143 after 0.4 s`. */
export function describeReceipt(receipt: Receipt): string {
  const head = `${receipt.node} ${receipt.leader.pid} ${standing(receipt)}: ${describeReason(receipt.reason)}`
  const did = [...signalWords(receipt.signals), endWords(receipt)].filter((words) => words !== '').join(', ')
  return did === '' ? head : `${head}; ${did}`
}

function standing(receipt: Receipt): string {
  if (receipt.mode === 'would-stop') return 'would be stopped'
  if (receipt.closedAt === undefined) return 'stopping'
  return receipt.survivors.length > 0 ? 'stuck' : 'stopped'
}

/** Each kind of signal once, in the order of sending; what never reached anybody says so. The CONT that follows others is no news. */
function signalWords(signals: readonly SignalRecord[]): string[] {
  const names = new Set(signals.filter(({ signal, outcome }) => signal !== 'SIGCONT' && outcome !== 'left-out').map(({ signal }) => signal))
  return [...names].map((name) => {
    const outcomes = signals.filter(({ signal }) => signal === name).map(({ outcome }) => outcome)
    const word = name.replace(/^SIG/, '')
    if (outcomes.includes('sent') || outcomes.includes('would-send')) return word
    return `${word} ${outcomes.find((outcome) => outcome !== 'left-out') ?? 'left out'}`
  })
}

function endWords({ mode, exit, durationMs, survivors, closedAt }: Receipt): string {
  if (mode === 'would-stop') return ''
  if (survivors.length > 0) return `${survivors.length} would not die: ${survivors.map(({ pid }) => pid).join(', ')}`
  if (closedAt === undefined) return ''
  const after = durationMs === undefined ? '' : ` after ${seconds(durationMs)}`
  return exit === undefined ? `gone${after}` : `${describeExit(exit)}${after}`
}

const usesLeft = (uses: number): string => (uses === 1 ? '1 use of the budget left' : `${uses} uses of the budget left`)

/** How an orphan is ended: `SIGTERM, 5 s, SIGKILL, with its descendants`. */
export function describeTerms({ signal, graceMs, scope }: OrphanTerms): string {
  const ladder = signal === 'SIGKILL' ? signal : `${signal}, ${seconds(graceMs)}, SIGKILL`
  return scope === 'tree' ? `${ladder}, with its descendants` : ladder
}

/** 8 ms, 0.4 s, 12 s. */
function seconds(ms: number): string {
  if (ms < 50) return `${Math.round(ms)} ms`
  const rounded = ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)
  return `${rounded} s`
}

const CPU_ARITHMETIC = /^CPU ([\d.]+) ms > ([\d.]+) ms = ([\d.]+)% x (\d+) ms x ([\d.]+) CPUs?(?:,.*?([\d.]+ s) >= [\d.]+ s)?$/

/** The CPU's arithmetic on half a line; whatever has another form is left as it is. */
function shortened(arithmetic: string): string {
  const match = CPU_ARITHMETIC.exec(arithmetic)
  if (match === null) return arithmetic
  const [, used, budget, percent, interval, cpus, sustained] = match
  const time = sustained === undefined ? '' : ` for ${sustained}`
  return `CPU ${used} > ${budget} ms (${percent}% x ${seconds(Number(interval))} x ${cpus})${time}`
}
