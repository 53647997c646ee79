import { closeSync, openSync } from 'node:fs'
import type { Command } from '../core/commands.ts'
import { errnoOf } from '../core/errors.ts'
import type { Settings, SignalName } from '../core/settings.ts'
import type { BuiltRun } from './build.ts'
import type { Screen } from './screen.ts'
import { standardStreams } from './standard-streams.ts'

/** The hang-up of a terminal and its SIGHUP come within this of one another. */
const HANGUP_WINDOW_MS = 10_000

/** What a signal to the supervisor asks for; terminal: headless. */
export type SignalMeaning =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'forward'; readonly signal: SignalName }
  | { readonly kind: 'hangup' }
  | { readonly kind: 'ignore' }

/** Every signal that can be caught and that Node does not need for itself (SIGCHLD) or leaves undefined (SIGSEGV and the like). */
export const CATCHABLE: readonly SignalName[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGPROF',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
  'SIGTRAP',
  'SIGWINCH'
]

/** The terminal's own signals: with a screen they are the terminal's, not the worker's. */
const OF_THE_TERMINAL: readonly SignalName[] = ['SIGWINCH', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGCONT']

/** They stop nothing in a session without a terminal (setpgid(2), orphaned process groups), which is where the worker lives. */
const STOPPING: readonly SignalName[] = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU']

/** Pure: what `signal` means in this run. `signals:` in the configuration overrides everything but SIGTERM, SIGINT and SIGQUIT. */
export function meaningOf(signal: SignalName, settings: Pick<Settings, 'signals'>, mode: 'headless' | 'interactive'): SignalMeaning {
  const by = signal
  if (signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGQUIT')
    return { kind: 'command', command: { type: 'shutdown', force: false, by } }
  const mapped = settings.signals[signal]
  if (mapped === 'ignore') return { kind: 'ignore' }
  if (mapped !== undefined) return { kind: 'forward', signal: mapped }
  if (signal === 'SIGHUP') return { kind: 'hangup' }
  if (signal === 'SIGUSR2') return { kind: 'command', command: { type: 'reopen-logs', by } }
  if (mode === 'interactive' && OF_THE_TERMINAL.includes(signal)) return { kind: 'ignore' }
  return { kind: 'forward', signal: STOPPING.includes(signal) ? 'SIGSTOP' : signal }
}

/**
 * Listens to all of them. Listening to SIGUSR1 also keeps Node from opening its debugger
 * (what --disable-sigusr1 does), which no supervisor wants.
 */
export function listenToSignals(
  settings: Pick<Settings, 'signals'>,
  mode: () => 'headless' | 'interactive',
  act: (meaning: SignalMeaning, signal: SignalName) => void
): void {
  for (const signal of CATCHABLE) {
    process.on(signal, () => act(meaningOf(signal, settings, mode()), signal))
  }
}

/** Carries out what a signal means. `screen`: the one there is by then. */
export function createSignalActor(
  run: BuiltRun,
  settings: Pick<Settings, 'nodes' | 'onHangup'>,
  screen: () => Screen | undefined
): (meaning: SignalMeaning, signal: SignalName) => void {
  const startedWithTerminal = hasTerminal()
  const streams = standardStreams()
  const worker = (): string | undefined => settings.nodes.find((node) => node.kind === 'worker')?.name
  let hungUpAt: number | undefined

  return (meaning, signal) => {
    if (signal === 'SIGCONT' && hasJustHungUp()) return
    switch (meaning.kind) {
      case 'command':
        void run.execute(meaning.command)
        return
      case 'forward':
        forward(meaning.signal)
        return
      case 'hangup':
        hangUp()
        return
      case 'ignore':
        return
    }
  }

  function forward(signal: SignalName): void {
    const node = worker()
    if (node !== undefined) run.supervisor.forward(node, signal)
  }

  /** The kernel sends SIGCONT behind the SIGHUP of a hang-up, to wake what is stopped: it is not meant for the worker. */
  function hasJustHungUp(): boolean {
    const last = Math.max(hungUpAt ?? Number.NEGATIVE_INFINITY, screen()?.lostAt() ?? Number.NEGATIVE_INFINITY)
    return run.clock.now() - last < HANGUP_WINDOW_MS
  }

  /** SIGHUP is a hang-up when the terminal is gone, or went within the last 10 s. */
  function hangUp(): void {
    if (!hasJustHungUp() && (!startedWithTerminal || hasTerminal())) {
      void run.execute({ type: 'reload', by: 'SIGHUP' })
      return
    }
    const isFirst = hungUpAt === undefined
    hungUpAt = run.clock.now()
    const shown = screen()
    if (shown !== undefined) {
      shown.lose('SIGHUP: the terminal hung up')
      return
    }
    streams.leaveTerminal()
    if (isFirst && settings.onHangup === 'stop') void run.execute({ type: 'shutdown', force: false, by: 'the hang-up of the terminal' })
  }
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}
