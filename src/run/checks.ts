import { type Actions, createActions } from '../core/checks/actions.ts'
import { type CheckRunner, createCheckRunner } from '../core/checks/runner.ts'
import { ancestorsOf } from '../core/checks/untouchable.ts'
import { createProcReader } from '../core/process/proc-reader.ts'
import type { Settings } from '../core/settings.ts'
import { runCommand } from '../core/side-command/run.ts'
import { withoutOwnVariables } from '../core/spawn/environment.ts'
import type { CheckedRun } from './check-service.ts'

/** The guardian's command line holds it. */
const GUARDIAN_MARK = '\0tsupervise-guardian\0'

export interface BuiltChecks {
  readonly runner: CheckRunner
  readonly actions: Actions
}

/** The checks of a run, not started yet. `settings`: those in force. */
export function buildChecks(run: CheckedRun, settings: () => Settings): BuiltChecks {
  const { clock, signaller, table, emit, redact } = run
  const reader = createProcReader()
  const actions = createActions({
    clock,
    signaller,
    inspect: (pid) => table.inspect(pid),
    emit,
    redact,
    nextReceiptId: run.supervisor.nextReceiptId,
    own: {
      pid: process.pid,
      ancestors: ancestorsOf(process.pid, (pid) => reader.stat(pid)),
      isGuardian: (pid) => reader.stat(pid)?.ppid === process.pid && reader.cmdline(pid)?.includes(GUARDIAN_MARK) === true
    },
    mode: () => (settings().dryRun ? 'observe' : 'act'),
    restart: (node, by) => run.execute({ type: 'restart', node, by }),
    run: (request) => runCommand(request, { clock, signaller, table, env: withoutOwnVariables(process.env) })
  })
  const runner = createCheckRunner(settings().checks, {
    clock,
    emit,
    redact,
    place: { root: '/proc' },
    onFailing: actions.onFailing
  })
  return { runner, actions }
}
