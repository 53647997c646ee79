import { constants } from 'node:os'
import { readSignal } from '../config/special-values.ts'
import { numberIn } from '../config/values.ts'
import type { SignalName } from '../core/settings.ts'

/** A process as it is typed: its pid, and where the person wants to be sure its start time (clock ticks since boot). */
export interface ProcessWord {
  readonly pid: number
  readonly startTime: number | undefined
}

const MAX_PID = 0x7fff_ffff

/** `4211` or `4211:804219`; undefined: it is neither. */
export function readProcess(word: string | undefined): ProcessWord | undefined {
  const [, pid, startTime] = /^(\d{1,10})(?::(\d{1,15}))?$/.exec(word ?? '') ?? []
  const number = Number(pid)
  if (pid === undefined || number < 1 || number > MAX_PID) return undefined
  return { pid: number, startTime: startTime === undefined ? undefined : Number(startTime) }
}

/** TERM, SIGTERM, 15 or -15; undefined: no signal of this system. */
export function signalWord(word: string | undefined): SignalName | undefined {
  const number = numberIn(word?.replace(/^-(?=\d)/, ''))
  if (number === undefined) return readSignal(word?.replace(/^-/, ''))
  const [name] = Object.entries(constants.signals).find(([, own]) => own === number) ?? []
  return readSignal(name)
}
