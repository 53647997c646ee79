import type { Failure } from '../errors.ts'
import type { Emit, SupervisorEvent } from '../events.ts'
import { cutBytes } from '../output/cut.ts'
import type { Hook } from '../settings.ts'
import { type CommandOutcome, type CommandPorts, MAX_OUTPUT_BYTES, runCommand } from '../side-command/run.ts'
import { describeCommandEnd } from '../side-command/wording.ts'

/** Name of the moment, beside the types of events, at which a hook may take diagnostics. */
export const BEFORE_LIMIT_STOP = 'before-limit-stop'

/** At once; the rest waits in the queue, and what does not fit there is lost and said to be. */
const MAX_RUNNING = 4
const MAX_QUEUED = 100

/** Runs the configured commands beside the supervision, never in its way. */
export interface Hooks {
  /** Starts or queues the hooks for this event; returns at once. */
  handle(event: SupervisorEvent): void
  /**
   * Runs the hooks for `before-limit-stop` side by side, each within its own timeout, with `context` as JSON on stdin.
   * Gives what they wrote to stdout, at most 64 KiB together; undefined where there are none.
   */
  runBeforeLimitStop<T extends { readonly node: string }>(context: T): Promise<string | undefined>
  /** Others from now on; what waits already is run. */
  reconfigure(hooks: readonly Hook[]): void
  /** Resolves when nothing runs and nothing waits any more. */
  idle(): Promise<void>
}

export interface HookPorts extends CommandPorts {
  readonly emit: Emit
}

interface Run {
  readonly hook: Hook
  readonly on: string
  readonly node: string | undefined
  readonly stdin: string
}

/** `hook-ended` tells how each run ended, and starts no hook itself. */
export function createHooks(initial: readonly Hook[], ports: HookPorts): Hooks {
  const queue: Run[] = []
  let hooks = initial
  let running = 0
  let lost = 0
  let waiting: (() => void)[] = []

  const perform = async (run: Run): Promise<CommandOutcome> => {
    const { argv, timeoutMs } = run.hook
    const outcome = await runCommand({ argv, timeoutMs, stdin: run.stdin }, ports)
    const exit = outcome.kind === 'failed' ? undefined : outcome.exit
    ports.emit(
      { type: 'hook-ended', argv, on: run.on, exit, failure: failureOf(outcome, timeoutMs) },
      run.node === undefined ? {} : { node: run.node }
    )
    return outcome
  }

  const pump = (): void => {
    while (running < MAX_RUNNING) {
      const run = queue.shift()
      if (run === undefined) break
      running += 1
      void perform(run).finally(() => {
        running -= 1
        pump()
      })
    }
    if (queue.length === 0 && lost > 0) reportLost()
    if (queue.length > 0 || running > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }

  const reportLost = (): void => {
    const message = `${lost} events came faster than their hooks could run, and no hook ran for them`
    lost = 0
    ports.emit({ type: 'problem', failure: { code: 'hooks-busy', message }, next: 'Make the hooks quicker, or run them on fewer events.' })
  }

  return {
    handle(event) {
      if (event.type === 'hook-ended') return
      for (const hook of hooks) {
        if (!hook.on.includes(event.type)) continue
        if (queue.length < MAX_QUEUED) queue.push({ hook, on: event.type, node: event.node, stdin: `${JSON.stringify(event)}\n` })
        else lost += 1
      }
      pump()
    },
    async runBeforeLimitStop(context) {
      const chosen = hooks.filter((hook) => hook.on.includes(BEFORE_LIMIT_STOP))
      if (chosen.length === 0) return undefined
      const stdin = `${JSON.stringify(context)}\n`
      const outcomes = await Promise.all(chosen.map((hook) => perform({ hook, on: BEFORE_LIMIT_STOP, node: context.node, stdin })))
      return cutBytes(outcomes.map((outcome) => (outcome.kind === 'failed' ? '' : outcome.stdout)).join(''), MAX_OUTPUT_BYTES)
    },
    reconfigure(next) {
      hooks = next
    },
    idle: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        pump()
      })
  }
}

function failureOf(outcome: CommandOutcome, timeoutMs: number): Failure | undefined {
  if (outcome.kind === 'failed') return outcome.failure
  if (outcome.kind === 'exited' && outcome.exit.code === 0) return undefined
  return { code: outcome.kind === 'timed-out' ? 'timed-out' : 'hook-failed', message: describeCommandEnd(outcome, timeoutMs) }
}
