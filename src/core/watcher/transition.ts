import type { StopReason } from '../receipt.ts'
import type { Cause, Intent, MachineContext, NodeEffect, NodeEvent, NodeMachine, Phase, State, Step } from './machine.ts'
import { afterInvoluntaryEnd } from './respawn.ts'
import { begin, comeToRest, emit, endRun, startLife, stay } from './steps.ts'

type EventType = NodeEvent['type']
type StateIn<P extends Phase> = Extract<State, { phase: P }>
type EventOf<E extends EventType> = Extract<NodeEvent, { type: E }>
type Handler<P extends Phase, E extends EventType> = (
  machine: NodeMachine,
  state: StateIn<P>,
  event: EventOf<E>,
  context: MachineContext
) => Step
type Table = { readonly [P in Phase]: { readonly [E in EventType]: Handler<P, E> } }

/** The event cannot happen in this phase, or changes nothing. */
const ignored = (machine: NodeMachine): Step => stay(machine)

const late = {
  spawned: ignored,
  'spawn-failed': ignored,
  exited: ignored,
  broken: ignored,
  'tree-emptied': ignored,
  unkillable: ignored
} as const

/** A phase without a process and without a plan. A start that is asked for is a fresh chance: the budget is full again. */
const atRest: { readonly [E in EventType]: (machine: NodeMachine, state: State, event: EventOf<E>, context: MachineContext) => Step } = {
  ...late,
  start: (machine, _state, _event, context) => begin({ ...machine, uses: [] }, context),
  restart: (machine, _state, _event, context) => begin({ ...machine, uses: [] }, context),
  stop: (machine) => comeToRest(machine, 'command'),
  shutdown: ignored,
  'dependencies-ready': ignored,
  'backoff-elapsed': ignored
}

const TABLE: Table = {
  idle: atRest,
  stopped: { ...atRest, stop: (machine) => stay({ ...machine, state: { phase: 'stopped', by: 'command' } }) },
  failed: atRest,

  waiting: {
    ...late,
    start: ignored,
    restart: ignored,
    'dependencies-ready': (machine) => startLife(machine),
    stop: (machine) => comeToRest(machine, 'command'),
    shutdown: (machine) => comeToRest(machine, 'shutdown'),
    'backoff-elapsed': ignored
  },

  starting: {
    start: (machine, state) => stay(state.intent === 'stop' ? { ...machine, state: { ...state, intent: 'run' } } : machine),
    restart: (machine, state) => stay(state.intent === 'stop' ? { ...machine, state: { ...state, intent: 'run' } } : machine),
    stop: (machine, state) => stay(state.intent === 'run' ? { ...machine, state: { ...state, intent: 'stop' } } : machine),
    shutdown: (machine, state) => stay({ ...machine, state: { ...state, intent: 'shutdown' } }),
    spawned: started,
    'spawn-failed': startFailed,
    'dependencies-ready': ignored,
    exited: ignored,
    broken: ignored,
    'tree-emptied': ignored,
    unkillable: ignored,
    'backoff-elapsed': ignored
  },

  running: {
    start: ignored,
    stop: (machine, state, { by }) => stopping(machine, state, { kind: 'command', command: 'stop', by }, 'stop', 'commanded'),
    restart: (machine, state, { by }) => stopping(machine, state, { kind: 'command', command: 'restart', by }, 'restart', 'commanded'),
    shutdown: (machine, state, { force }) =>
      stopping(machine, state, { kind: 'shutdown', detail: 'the run ends' }, 'shutdown', force ? 'force' : 'commanded'),
    broken: (machine, state, { reason }) => stopping(machine, state, reason, 'respawn', 'limit'),
    exited: (machine, { leader, startedAt }, { exit, at }, context) => [
      { ...machine, state: { phase: 'draining', leader, startedAt, exit, exitedAt: at, intent: 'respawn' } },
      [emitExit(machine, startedAt, exit, at, context), { type: 'drain' }]
    ],
    'dependencies-ready': ignored,
    spawned: ignored,
    'spawn-failed': ignored,
    'tree-emptied': ignored,
    unkillable: ignored,
    'backoff-elapsed': ignored
  },

  draining: {
    ...ending<StateIn<'draining'>>(),
    exited: ignored,
    broken: ignored,
    'tree-emptied': (machine, state, _event, context) => follow(machine, state.intent, exitCause(state), context),
    unkillable: (machine, state, { survivors }, context) => stuck(machine, state, exitCause(state), survivors, context)
  },

  stopping: {
    ...ending<StateIn<'stopping'>>(),
    exited: (machine, { startedAt }, { exit, at }, context) => [machine, [emitExit(machine, startedAt, exit, at, context)]],
    broken: ignored,
    'tree-emptied': (machine, state, { at }, context) => follow(machine, state.intent, stopCause(state, at), context),
    unkillable: (machine, state, { survivors, at }, context) => stuck(machine, state, stopCause(state, at), survivors, context)
  },

  stuck: {
    ...ending<StateIn<'stuck'>>(),
    shutdown: (machine, state) => cannotBeStopped(machine, state.survivors),
    exited: (machine, { startedAt }, { exit, at }, context) => [machine, [emitExit(machine, startedAt, exit, at, context)]],
    broken: ignored,
    'tree-emptied': (machine, state, _event, context) => follow(machine, state.intent, state.cause, context),
    unkillable: (machine, state, { survivors }) => stay({ ...machine, state: { ...state, survivors } })
  },

  'backing-off': {
    ...late,
    start: (machine) => withEffects(startLife(machine), { type: 'disarm-backoff' }),
    restart: (machine) => withEffects(startLife(machine), { type: 'disarm-backoff' }),
    stop: (machine) => comeToRest(machine, 'command', { type: 'disarm-backoff' }),
    shutdown: (machine) => comeToRest(machine, 'shutdown', { type: 'disarm-backoff' }),
    'dependencies-ready': ignored,
    'backoff-elapsed': (machine) => startLife(machine)
  }
}

/** The life of a node: what an event makes of it, and what is to be done. Pure; never throws. */
export function transition(machine: NodeMachine, event: NodeEvent, context: MachineContext): Step {
  const handlers = TABLE[machine.state.phase] as { readonly [E in EventType]: Handler<Phase, E> }
  const handle = handlers[event.type] as Handler<Phase, EventType>
  return handle(machine, machine.state, event, context)
}

/** What can be asked while a tree is ending: only what follows changes. A shutdown outranks everything. */
function ending<S extends Extract<State, { intent: Intent }>>() {
  const intent = (machine: NodeMachine, state: S, next: Intent): Step =>
    stay(state.intent === 'shutdown' ? machine : { ...machine, state: { ...state, intent: next } })
  return {
    start: (machine: NodeMachine, state: S): Step => (state.intent === 'stop' ? intent(machine, state, 'restart') : stay(machine)),
    restart: (machine: NodeMachine, state: S): Step => intent(machine, state, 'restart'),
    stop: (machine: NodeMachine, state: S): Step => intent(machine, state, 'stop'),
    shutdown: (machine: NodeMachine, state: S, { force }: EventOf<'shutdown'>): Step => [
      { ...machine, state: { ...state, intent: 'shutdown' } },
      force ? [{ type: 'escalate' }] : []
    ],
    spawned: ignored,
    'spawn-failed': ignored,
    'dependencies-ready': ignored,
    'backoff-elapsed': ignored
  }
}

function started(machine: NodeMachine, { intent }: StateIn<'starting'>, { leader, at }: EventOf<'spawned'>): Step {
  const life = { leader, startedAt: at }
  if (intent === 'run') return stay({ ...machine, state: { phase: 'running', ...life } })
  const reason: StopReason =
    intent === 'stop' ? { kind: 'command', command: 'stop', by: 'a stop during the start' } : { kind: 'shutdown', detail: 'the run ends' }
  return stopping(machine, life, reason, intent, 'commanded')
}

function startFailed(
  machine: NodeMachine,
  { intent }: StateIn<'starting'>,
  { failure }: EventOf<'spawn-failed'>,
  context: MachineContext
): Step {
  const told = emit({ type: 'node-start-failed', incarnation: machine.incarnation, failure })
  if (intent !== 'run') return comeToRest(machine, intent === 'stop' ? 'command' : 'shutdown', told)
  return withEffects(afterInvoluntaryEnd(machine, { kind: 'spawn', failure }, context), told)
}

function stopping(
  machine: NodeMachine,
  { leader, startedAt }: Pick<StateIn<'running'>, 'leader' | 'startedAt'>,
  reason: StopReason,
  intent: Intent,
  kind: 'limit' | 'commanded' | 'force'
): Step {
  return [{ ...machine, state: { phase: 'stopping', leader, startedAt, reason, intent } }, [{ type: 'stop-tree', reason, kind }]]
}

/** The tree is empty. */
function follow(machine: NodeMachine, intent: Intent, cause: Cause, context: MachineContext): Step {
  switch (intent) {
    case 'stop':
      return comeToRest(machine, 'command')
    case 'shutdown':
      return comeToRest(machine, 'shutdown')
    case 'restart':
      return withEffects(startLife(machine), { type: 'follow-receipt', next: { kind: 'restart' } })
    case 'respawn':
      return afterInvoluntaryEnd(machine, cause, context)
  }
}

function stuck(
  machine: NodeMachine,
  { leader, startedAt, intent }: { leader: StateIn<'running'>['leader']; startedAt: number; intent: Intent },
  cause: Cause,
  survivors: readonly number[],
  { compat }: MachineContext
): Step {
  if (intent === 'shutdown' || compat === 'osquery') return cannotBeStopped(machine, survivors)
  return stay({ ...machine, state: { phase: 'stuck', leader, startedAt, survivors, cause, intent } })
}

function cannotBeStopped(machine: NodeMachine, survivors: readonly number[]): Step {
  return endRun(machine, 78, `${machine.name} cannot be stopped: ${survivors.join(', ')} still there after SIGKILL`)
}

const exitCause = ({ exit, exitedAt, startedAt }: StateIn<'draining'>): Cause => ({ kind: 'exit', exit, uptimeMs: exitedAt - startedAt })

const stopCause = ({ reason, startedAt }: StateIn<'stopping'>, at: number): Cause => ({ kind: 'stop', reason, uptimeMs: at - startedAt })

function emitExit(
  machine: NodeMachine,
  startedAt: number,
  exit: EventOf<'exited'>['exit'],
  at: number,
  { settings }: MachineContext
): NodeEffect {
  const success = exit.signal === undefined && exit.code !== undefined && settings.successCodes.includes(exit.code)
  return emit({ type: 'node-exited', incarnation: machine.incarnation, exit, uptimeMs: at - startedAt, success })
}

const withEffects = ([machine, effects]: Step, ...before: readonly NodeEffect[]): Step => [machine, [...before, ...effects]]
