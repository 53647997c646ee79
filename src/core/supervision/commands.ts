import type { CommandResult, NodeCommand } from '../commands.ts'
import { failure, success } from '../errors.ts'
import type { Run } from './context.ts'
import { invalidLimit, limitOf } from './limit-edits.ts'
import type { NodeRunner } from './node-runner.ts'
import type { Shutdown } from './shutdown.ts'

export interface CommandTargets {
  readonly run: Run
  readonly runners: ReadonlyMap<string, NodeRunner>
  readonly shutdown: Shutdown
  readonly isLeaving: (node: string) => boolean
}

/** The one executor of commands. Answers when the request was taken or refused. */
export async function executeCommand(command: NodeCommand, { run, runners, shutdown, isLeaving }: CommandTargets): Promise<CommandResult> {
  const { emit, reopenLogs, clock } = run.ports
  switch (command.type) {
    case 'shutdown':
      shutdown.begin({ code: 0, reason: `asked to by ${command.by}` }, command.force || shutdown.underWay())
      return success(undefined)
    case 'reopen-logs':
      reopenLogs()
      return success(undefined)
    case 'signal':
      return signalProcess(command, run)
    default: {
      const runner = runners.get(command.node)
      if (runner === undefined)
        return failure('no-such-node', `there is no node named ${command.node}; there are: ${[...runners.keys()].join(', ') || 'none'}`)
      if (shutdown.underWay() && command.type !== 'stop') return failure('shutting-down', 'the supervisor is shutting down')
      if (isLeaving(command.node)) return failure('no-such-node', `${command.node} is not configured any more, and is stopping`)
      const subject = { node: runner.name }
      switch (command.type) {
        case 'start':
        case 'stop':
        case 'restart':
          runner.feed({ type: command.type, by: command.by })
          return success(undefined)
        case 'set-limit': {
          const invalid = invalidLimit(command.field, command.value)
          if (invalid !== undefined) return failure('invalid-limit', invalid)
          const from = limitOf(runner.settings(), command.field).value
          runner.setLimit(command.field, command.value)
          const source = { kind: 'hot-edit', at: new Date(clock.wall()).toISOString() } as const
          emit({ type: 'limit-changed', field: command.field, from, to: command.value, source }, subject)
          return success(undefined)
        }
        case 'observe':
          runner.setObserve(command.observe)
          emit({ type: 'observe-changed', observe: command.observe }, subject)
          return success(undefined)
      }
    }
  }
}

function signalProcess(command: Extract<NodeCommand, { type: 'signal' }>, { ports }: Run): CommandResult {
  const { target, signal, by } = command
  const node = ports.table.owner(target)
  if (node === undefined) {
    return failure(
      'not-managed',
      `process ${target.pid} is not, or no longer, the process of a managed tree that was chosen; nothing was sent`
    )
  }
  const outcome = ports.signaller.signal(target, signal)
  ports.emit({ type: 'signalled', target, signal, outcome, by }, { node, pid: target.pid })
  if (outcome === 'sent') return success(undefined)
  return failure(outcome, `${signal} to process ${target.pid}: ${SIGNAL_FAILURES[outcome]}`)
}

const SIGNAL_FAILURES = {
  gone: 'it has ended',
  denied: 'the system does not allow it',
  recycled: 'the number belongs to another process by now; nothing was sent'
} as const
