import type { Socket } from 'node:net'
import { type GateOutcome, gateOutcome } from './gate-script.ts'

/** The supervisor's side of a child that waits at the gate. */
export interface Gate {
  go(): void
  /** Once the gate is gone: the program runs, or it never will. */
  readonly outcome: Promise<GateOutcome>
  /** The child must not run: end of file makes the gate leave. Harmless once the program runs. */
  close(): void
}

/** A gate says two short lines. */
const LONGEST_ANSWER = 256

export function openGate(socket: Socket): Gate {
  let said = ''
  const outcome = new Promise<GateOutcome>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      if (said.length < LONGEST_ANSWER) said += chunk.toString('latin1')
    })
    // ECONNRESET, EPIPE: the gate ended with `go` unread; `close` follows and says the same
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', () => resolve(gateOutcome(said)))
  })
  return {
    outcome,
    go() {
      if (socket.writable) socket.write('go\n')
    },
    close: () => void socket.destroy()
  }
}
