import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { errnoOf } from '../../core/errors.ts'
import { type ControlFailure, controlFailure } from './failure.ts'

/** A way to a control socket. Each request and each stream has a connection of its own. */
export interface Transport {
  /** As a person names the place. */
  readonly label: string
  /** A new connection; errors come as its `error` event. */
  connect(): Duplex
  /** What an error of a connection means. */
  explain(error: Error): ControlFailure
  /** From now on nobody may be asked for a password: the terminal belongs to a screen. */
  silence(): void
  /** Lets go of what all connections share. */
  close(): Promise<void>
}

/** The control socket of a supervisor on this machine. */
export function unixTransport(path: string, label: string): Transport {
  return {
    label,
    connect: () => connect({ path }),
    explain: (error) => explainSocketError(error, path, label),
    silence: () => undefined,
    close: async () => undefined
  }
}

const START_OR_CHOOSE = 'Start one, or choose it with --name or --control-socket.'

function explainSocketError(error: Error, path: string, label: string): ControlFailure {
  const code = errnoOf(error) ?? 'unknown'
  const gone = (why: string) => controlFailure('unreachable', code, `no supervisor ${label} runs here: ${why}`, START_OR_CHOOSE).error
  switch (code) {
    case 'ENOENT':
      return gone(`${path} does not exist`)
    case 'ECONNREFUSED':
      return gone(`nobody listens at ${path}, it was left by one that is gone`)
    case 'ENOTSOCK':
      return gone(`${path} is no socket`)
    case 'EACCES':
    case 'EPERM':
      return controlFailure(
        'unreachable',
        code,
        `${path} may not be opened by this user`,
        'Ask as the user who started it, as root, or as a member of its control group.'
      ).error
    case 'EPIPE':
    case 'ECONNRESET':
      return controlFailure('unreachable', code, `${label} closed the connection before it answered`).error
    default:
      return controlFailure('unreachable', code, `${label} cannot be reached at ${path}: ${error.message}`).error
  }
}
