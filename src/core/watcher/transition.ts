import {
  asked,
  askWhileDraining,
  askWhileEnding,
  beginStop,
  type EventOf,
  emitExit,
  exitCause,
  leftBehind,
  RUN_ENDS,
  type StateIn,
  shutdownWhileEnding,
  stopCause,
  treeEmptied,
  unkillable
} from './ending.ts'
import type { MachineContext, NodeEvent, NodeMachine, Phase, Step } from './machine.ts'
import { postponeShutdown, postponeStop, started, startFailed, takeBack } from './starting.ts'
import { after, begin, beginAnew, cannotBeStopped, comeToRest, startLife, stay } from './steps.ts'

type EventType = NodeEvent['type']
type Handler<P extends Phase, E extends EventType> = (
  machine: NodeMachine,
  state: StateIn<P>,
  event: EventOf<E>,
  context: MachineContext
) => Step
type Table = { readonly [P in Phase]: { readonly [E in EventType]: Handler<P, E> } }

/** The event cannot happen in this phase, or changes nothing. */
const ignored = (machine: NodeMachine): Step => stay(machine)

const stopped = (machine: NodeMachine): Step => comeToRest(machine, 'command')
const shutDown = (machine: NodeMachine): Step => comeToRest(machine, 'shutdown')
const startAsked = (machine: NodeMachine, _state: unknown, _event: unknown, context: MachineContext): Step => begin(machine, context)
const startAnew = (machine: NodeMachine, _state: unknown, _event: unknown, context: MachineContext): Step => beginAnew(machine, context)
const startNow = (machine: NodeMachine): Step => after([{ type: 'disarm-backoff' }], startLife(machine))

/** What only a living tree can report. */
const noTree = { exited: ignored, 'left-behind': ignored, broken: ignored, 'tree-emptied': ignored, unkillable: ignored }
/** What only a start can report. */
const noStart = { spawned: ignored, 'spawn-failed': ignored }
const noWait = { 'dependencies-ready': ignored, 'backoff-elapsed': ignored }
const atRest = { ...noTree, ...noStart, ...noWait, start: startAsked, restart: startAsked, stop: stopped, shutdown: ignored }

const TABLE = {
  idle: atRest,
  stopped: { ...atRest, stop: (machine) => stay({ ...machine, state: { phase: 'stopped', by: 'command' } }) },
  // A stop leaves it as it is: the reason stays on the screen, and what could not be killed is never called stopped.
  failed: { ...atRest, start: startAnew, restart: startAnew, stop: ignored },

  waiting: {
    ...noTree,
    ...noStart,
    start: ignored,
    restart: ignored,
    stop: stopped,
    shutdown: shutDown,
    'dependencies-ready': (machine) => startLife(machine),
    'backoff-elapsed': ignored
  },

  starting: {
    ...noTree,
    ...noWait,
    start: takeBack,
    restart: takeBack,
    stop: (machine, state, { by }) => postponeStop(machine, state, by),
    shutdown: (machine, state, { force }) => postponeShutdown(machine, state, force),
    spawned: started,
    'spawn-failed': startFailed
  },

  running: {
    ...noStart,
    ...noWait,
    start: ignored,
    stop: (machine, life, { by }) => beginStop(machine, life, asked('stop', by), 'stop', 'commanded'),
    restart: (machine, life, { by }) => beginStop(machine, life, asked('restart', by), 'restart', 'commanded'),
    shutdown: (machine, life, { force }) => beginStop(machine, life, RUN_ENDS, 'shutdown', force ? 'force' : 'commanded'),
    broken: (machine, life, { reason }) => beginStop(machine, life, reason, 'respawn', 'limit'),
    exited: (machine, { leader, startedAt }, { exit, at }, context) => [
      { ...machine, state: { phase: 'draining', leader, startedAt, exit, exitedAt: at, intent: 'respawn' } },
      [emitExit(machine, { startedAt }, { exit, at }, context), { type: 'drain' }]
    ],
    'left-behind': ignored,
    'tree-emptied': ignored,
    unkillable: ignored
  },

  draining: {
    ...noStart,
    ...noWait,
    ...askWhileDraining,
    exited: ignored,
    'left-behind': (machine, state, _event, context) => leftBehind(machine, state, context),
    broken: ignored,
    'tree-emptied': (machine, state, _event, context) => treeEmptied(machine, state.intent, exitCause(state), context),
    unkillable: (machine, state, { survivors }, context) => unkillable(machine, state, exitCause(state), survivors, context)
  },

  stopping: {
    ...noStart,
    ...noWait,
    ...askWhileEnding,
    shutdown: shutdownWhileEnding,
    exited: (machine, state, exited, context) => [machine, [emitExit(machine, state, exited, context)]],
    'left-behind': ignored,
    broken: ignored,
    'tree-emptied': (machine, state, { at }, context) => treeEmptied(machine, state.intent, stopCause(state, at), context),
    unkillable: (machine, state, { survivors, at }, context) => unkillable(machine, state, stopCause(state, at), survivors, context)
  },

  stuck: {
    ...noStart,
    ...noWait,
    ...askWhileEnding,
    shutdown: (machine, { survivors }, _event, context) => cannotBeStopped(machine, survivors, context),
    exited: (machine, state, exited, context) => [machine, [emitExit(machine, state, exited, context)]],
    'left-behind': ignored,
    broken: ignored,
    'tree-emptied': (machine, state, _event, context) => treeEmptied(machine, state.intent, state.cause, context),
    unkillable: (machine, state, { survivors }) => stay({ ...machine, state: { ...state, survivors } })
  },

  'backing-off': {
    ...noTree,
    ...noStart,
    start: startNow,
    restart: startNow,
    stop: (machine) => after([{ type: 'disarm-backoff' }], stopped(machine)),
    shutdown: (machine) => after([{ type: 'disarm-backoff' }], shutDown(machine)),
    'dependencies-ready': ignored,
    'backoff-elapsed': (machine) => startLife(machine)
  }
} satisfies Table

/** The life of a node: what an event makes of it, and what is to be done. Pure; never throws. */
export function transition(machine: NodeMachine, event: NodeEvent, context: MachineContext): Step {
  const table: Table = TABLE
  // The table pairs each phase with its own state and each event with its own data; indexing by both loses that.
  const handlers = table[machine.state.phase] as { readonly [E in EventType]: Handler<Phase, EventType> }
  return handlers[event.type](machine, machine.state, event, context)
}
