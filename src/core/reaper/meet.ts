import type { ProcReader } from '../process/proc-reader.ts'
import type { Refusal } from './authority.ts'
import type { Deaths, Pin } from './deaths.ts'
import { type ProcessFacts, readFacts } from './facts.ts'

/** A process as it is now, pinned: everything in `facts` is about the same process, which still had its number afterwards. */
export interface Met {
  readonly facts: ProcessFacts
  /** For `Deaths.watch`; else to be dropped. */
  readonly pin: Pin
}

/** `uids`: whether they are wanted, which takes time. */
export type Meet = (pid: number, uids: boolean) => Met | Extract<Refusal, 'gone' | 'thread' | 'unreadable'>

export function createMeet(reader: ProcReader, deaths: Deaths): Meet {
  return (pid, uids) => {
    const known = deaths.known(pid)
    const pin = known === undefined ? deaths.pin(pid) : deaths.pinOf(known)
    if (typeof pin === 'string') return pin
    // no pidfd is given for a thread
    const facts = readFacts(reader, pid, { uids, isProcess: known !== undefined || pin.pidfd !== undefined })
    const holds = pin.holds()
    if (facts !== undefined && holds) return { facts, pin }
    pin.drop()
    return holds && reader.pids().includes(pid) ? 'unreadable' : 'gone'
  }
}
