import type { StopReason } from '../receipt.ts'
import type { Cause } from './machine.ts'

/** `exited with 3 after 1.2 s`, as the end of a sentence about a node. */
export function describeCause(cause: Cause): string {
  if (cause.kind === 'spawn') return `could not be started: ${cause.failure.message}`
  const after = `after ${(cause.uptimeMs / 1000).toFixed(1)} s`
  if (cause.kind === 'stop') return `was stopped (${summary(cause.reason)}) ${after}`
  return cause.exit.signal === undefined ? `exited with ${cause.exit.code} ${after}` : `was killed by ${cause.exit.signal} ${after}`
}

function summary(reason: StopReason): string {
  switch (reason.kind) {
    case 'limit':
      return reason.arithmetic
    case 'command':
      return `${reason.command} by ${reason.by}`
    default:
      return reason.detail
  }
}
