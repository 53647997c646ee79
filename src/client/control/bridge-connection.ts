import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { Duplex } from 'node:stream'
import { escapeControls } from '../../core/output/escape.ts'
import type { Clock } from '../../core/ports.ts'
import { hello, readAnswer } from '../bridge-greeting.ts'
import { type ControlFailure, controlFailure } from './failure.ts'

/** Of what ssh says on its stderr. */
const MAX_SAID = 4096
/** The last words on stderr may come after the exit. */
const LAST_WORDS_MS = 100
/** ssh's own status when the connection failed; the shell's when there is no such command. */
const SSH_FAILED = 255
const NOT_FOUND = 127

/** Why a bridge is of no use. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError'
  readonly failure: ControlFailure

  constructor(failure: ControlFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/**
 * A connection made of a program's stdin and stdout, once the bridge at its other end has greeted. Its errors are
 * BridgeErrors. Destroying it closes both: the program sees the end of its input and leaves.
 */
export function bridgeConnection(program: ChildProcessWithoutNullStreams, label: string, clock: Clock): Duplex {
  const { stdin, stdout, stderr } = program
  let greeting: Buffer | undefined = Buffer.alloc(0)
  let said = ''

  const connection = new Duplex({
    read: () => void stdout.resume(),
    // what cannot be written before the greeting is explained by the exit
    write: (chunk: Buffer, _encoding, done) => void stdin.write(chunk, (error) => done(error && greeting === undefined ? ended() : null)),
    final: (done) => void stdin.end(done),
    destroy(error, done) {
      stdin.destroy()
      stdout.destroy()
      stderr.destroy()
      done(error)
    }
  })
  const fail = (failure: ControlFailure): void => void connection.destroy(new BridgeError(failure))
  const ended = (): BridgeError =>
    new BridgeError(controlFailure('unreachable', 'connection-lost', `the connection to ${label} was lost`).error)

  const take = (chunk: Buffer): void => {
    if (greeting === undefined) {
      if (!connection.push(chunk)) stdout.pause()
      return
    }
    greeting = Buffer.concat([greeting, chunk])
    const answer = readAnswer(greeting)
    if (answer.kind === 'error')
      fail(controlFailure('unreachable', answer.code, `${label}: ${escapeControls(answer.message)}`, answer.next).error)
    if (answer.kind !== 'ok') return
    greeting = undefined
    if (answer.rest.length > 0) connection.push(answer.rest)
  }

  stdout.on('data', take)
  stdout.on('end', () => {
    if (greeting === undefined) connection.push(null)
  })
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_SAID)
  })
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined)
  program.on('error', (error) =>
    fail(controlFailure('unreachable', 'no-ssh', `ssh cannot be started: ${error.message}`, "Install OpenSSH's client.").error)
  )
  program.on('exit', (code) => {
    if (greeting === undefined || connection.destroyed) return
    clock.after(LAST_WORDS_MS, () => fail(explainExit(label, code, said)))
  })
  stdin.write(hello())
  return withoutSocketOptions(connection)
}

/** Why a bridge ended before it greeted; `said`: what it wrote on stderr. Pure. */
export function explainExit(label: string, code: number | null, said: string): ControlFailure {
  const last = escapeControls(said.trimEnd().split('\n').at(-1)?.trim() ?? '')
  const why = last === '' ? `exit code ${code ?? 'unknown'}` : last
  if (code === NOT_FOUND)
    return controlFailure(
      'unreachable',
      'not-installed',
      `${label} has no tsupervise: ${why}`,
      'Install it there, or say how it is called with --remote-command.'
    ).error
  if (code === SSH_FAILED) return controlFailure('unreachable', 'ssh-failed', `ssh does not reach ${label}: ${why}`).error
  return controlFailure('unreachable', 'bridge-failed', `the bridge on ${label} failed: ${why}`).error
}

/** node:http sets options of sockets on whatever connection it is given. */
function withoutSocketOptions(connection: Duplex): Duplex {
  const ignored = (): Duplex => connection
  return Object.assign(connection, { setTimeout: ignored, setNoDelay: ignored, setKeepAlive: ignored, ref: ignored, unref: ignored })
}
