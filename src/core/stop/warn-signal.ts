import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { basename } from 'node:path'
import { errnoOf } from '../errors.ts'
import { catches, parseProcStatus } from '../process/proc-status.ts'
import type { SignalName, StopPolicy } from '../settings.ts'

/** What is known of a process that may be warned. */
export interface WarnFacts {
  /** It has a handler for SIGUSR1; undefined: cannot be read. */
  readonly catchesUsr1: boolean | undefined
  /** Its handler opens the debugger; the name of the runtime. */
  readonly javascript: string | undefined
}

export type WarnDecision =
  | { readonly kind: 'send'; readonly signal: SignalName }
  | { readonly kind: 'left-out'; readonly signal: SignalName; readonly reason: string }

/** The first signal of a limit stop; watchdog: `warnSignal: auto`. SIGUSR1 would end a process without a handler. */
export function decideWarning(policy: StopPolicy['warnSignal'], facts: WarnFacts): WarnDecision {
  const leaveOut = (reason: string): WarnDecision => ({ kind: 'left-out', signal: 'SIGUSR1', reason })
  if (policy === 'none') return leaveOut('warnSignal is none')
  if (policy !== 'auto') return { kind: 'send', signal: policy }
  if (facts.javascript !== undefined) return leaveOut(`${facts.javascript} would open its debugger`)
  if (facts.catchesUsr1 === undefined) return leaveOut('it cannot be told whether it catches the signal')
  if (!facts.catchesUsr1) return leaveOut('it does not catch the signal, which would end it')
  return { kind: 'send', signal: 'SIGUSR1' }
}

const RUNTIMES = new Set(['node', 'nodejs', 'electron', 'bun', 'deno'])
/** The thread that waits for SIGUSR1 in Node and Electron, whatever their file is called. */
const INSPECTOR_THREAD = 'SignalInspector'
const MOST_THREADS = 256

/** Reads what there is to know of a process now; never fails: what cannot be read is undefined. */
export function readWarnFacts(pid: number, root = '/proc'): WarnFacts {
  const status = read(() => parseProcStatus(readFileSync(`${root}/${pid}/status`, 'latin1')))
  return {
    catchesUsr1: status === undefined ? undefined : catches(status, constants.signals.SIGUSR1),
    javascript: runtimeByFile(`${root}/${pid}/exe`) ?? runtimeByThread(`${root}/${pid}/task`)
  }
}

function runtimeByFile(exe: string): string | undefined {
  const name = read(() => basename(readlinkSync(exe).replace(/ \(deleted\)$/, '')))
  return name !== undefined && RUNTIMES.has(name) ? name : undefined
}

function runtimeByThread(folder: string): string | undefined {
  const threads = read(() => readdirSync(folder)) ?? []
  for (const thread of threads.slice(0, MOST_THREADS)) {
    const comm = read(() => readFileSync(`${folder}/${thread}/comm`, 'latin1').trim())
    if (comm === INSPECTOR_THREAD) return 'a JavaScript runtime'
  }
  return undefined
}

function read<T>(from: () => T): T | undefined {
  try {
    return from()
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}
