import { closeSync, constants, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import { duplicateOnto } from '../core/linux/duplicate.ts'

/** Descriptors 0, 1 and 2, as they were at the start. */
export interface StandardStreams {
  /** The terminal is gone: those that were on it are on /dev/null from now on. Calling it twice is harmless. */
  leaveTerminal(): void
}

/** Made while the terminal is there: one that hung up is not known as a terminal any more. */
export function standardStreams(): StandardStreams {
  const onTerminal = [0, 1, 2].filter((fd) => isatty(fd))
  return {
    leaveTerminal() {
      const descriptors = onTerminal.splice(0)
      if (descriptors.length === 0) return
      // Node may hold descriptors of its own on the terminal: what they cannot write concerns nobody
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
      for (const fd of descriptors) moveToNull(fd)
    }
  }
}

function moveToNull(fd: number): void {
  const nothing = openSync('/dev/null', constants.O_RDWR)
  const moved = duplicateOnto(nothing, fd)
  closeSync(nothing)
  if (!moved.ok) reopenAsNull(fd)
}

/** open(2) gives the lowest number that is free: lower standard ones that were closed are filled on the way. */
function reopenAsNull(fd: number): void {
  closeSync(fd)
  for (let opened = -1; opened < fd; ) opened = openSync('/dev/null', constants.O_RDWR)
}
