import { isatty } from 'node:tty'
import { composeSessions } from '../client/compose-sessions.ts'
import { type ControlClient, createControlClient } from '../client/control/control-client.ts'
import { asUserError, type ControlFailure, EXIT } from '../client/control/failure.ts'
import { findSupervisor } from '../client/control/find.ts'
import { sshTransport } from '../client/control/ssh.ts'
import type { Transport } from '../client/control/transport.ts'
import { createRemoteSession, type RemoteSession } from '../client/remote-session.ts'
import { distinctLabels, labelOf, readTarget, type Target } from '../client/target.ts'
import { createSystemClock } from '../core/clock.ts'
import { UserError } from '../core/errors.ts'
import { escapeControls } from '../core/output/escape.ts'
import type { Clock } from '../core/ports.ts'
import { attachedPreferences } from './attached-preferences.ts'
import { showAttached } from './attached-screen.ts'
import { type Given, subcommand } from './subcommand.ts'
import { choiceOf, keepAlive, seeker } from './supervisor.ts'

/** How tsupervise is called on other hosts unless told. */
const REMOTE_COMMAND = 'tsupervise'

/** A supervisor that was reached once, or one of several that will be tried again. */
interface Attached {
  readonly label: string
  readonly client: ControlClient
  readonly session: RemoteSession
  readonly readOnly: boolean
}

export const run = subcommand('attach', async (given) => {
  if (!isatty(0) || !isatty(1) || process.env['TERM'] === 'dumb')
    throw new UserError('attach needs a terminal', { next: 'Use `tsupervise status --watch` or `tsupervise events --follow`.' })
  const preferences = await attachedPreferences(screenOptions(given), given.text('config'))
  const clock = createSystemClock()
  const targets: readonly Target[] = given.words.length === 0 ? [{ kind: 'default' }] : given.words.map(readTarget)
  const command = given.text('remote-command') ?? REMOTE_COMMAND
  const transports = await Promise.all(targets.map((target) => transportOf(target, command, clock)))
  const labels = distinctLabels(
    targets.map((target, index) => (target.kind === 'default' ? (transports[index]?.label ?? '') : labelOf(target)))
  )
  const goOn = keepAlive()
  const attached = await attachAll(transports, labels, clock)
  try {
    const [only, ...others] = attached
    if (only === undefined) return EXIT.unreachable
    return await showAttached({
      session: others.length === 0 ? only.session : composeSessions(attached),
      clock,
      options: {
        ...preferences,
        attached: true,
        readOnly: preferences.readOnly || given.has('read-only') || attached.every(({ readOnly }) => readOnly),
        ...(given.has('color') ? { color: false } : {}),
        ...(given.has('ascii') ? { ascii: true } : {})
      }
    })
  } finally {
    for (const { session } of attached) session.close()
    await Promise.all(transports.map((transport) => transport.close()))
    goOn()
  }

  function transportOf(target: Target, remoteCommand: string, time: Clock): Promise<Transport> {
    if (target.kind === 'host') return Promise.resolve(sshTransport({ ...target, label: labelOf(target), remoteCommand }, time))
    const choice =
      target.kind === 'name' ? { name: target.name } : target.kind === 'socket' ? { controlSocket: target.path } : choiceOf(given)
    return findSupervisor(choice, seeker())
  }
})

/** Options that the screen of a run has too. */
function screenOptions(given: Given<'theme' | 'screen-reader'>): readonly string[] {
  const theme = given.text('theme')
  return [...(theme === undefined ? [] : ['--theme', theme]), ...(given.has('screen-reader') ? ['--screen-reader'] : [])]
}

/**
 * One after the other: ssh may ask for a password, and only as long as there is no screen. One that cannot be reached
 * is an error when it is the only one; of several, those are shown that can be, and the others are tried again.
 */
async function attachAll(transports: readonly Transport[], labels: readonly string[], clock: Clock): Promise<readonly Attached[]> {
  const attached: Attached[] = []
  const failures: ControlFailure[] = []
  for (const [index, transport] of transports.entries()) {
    const label = labels[index] ?? transport.label
    const client = createControlClient(transport, clock)
    const info = await client.hello()
    transport.silence()
    const session = createRemoteSession({ client, clock, label })
    const first = info.ok ? await session.first : info
    if (!first.ok) failures.push(first.error)
    attached.push({ label, client, session, readOnly: info.ok && info.value.readOnly })
  }
  const [failure] = failures
  if (failure === undefined || failures.length < attached.length) return attached
  for (const { session } of attached) session.close()
  await Promise.all(transports.map((transport) => transport.close()))
  for (const { message } of failures.slice(1)) console.error(`tsupervise: ${escapeControls(message)}`)
  throw asUserError(failure)
}
