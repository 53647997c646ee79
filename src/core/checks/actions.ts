import type { CommandResult } from '../commands.ts'
import type { Failure } from '../errors.ts'
import { identityKey } from '../process/identity.ts'
import type { CheckAction, ConfiguredCheck } from '../settings.ts'
import type { CommandOutcome, CommandRequest } from '../side-command/run.ts'
import { describeCommandEnd } from '../side-command/wording.ts'
import { describeCheck, excessOf, resultOf } from './describe.ts'
import { type Ending, type EndPorts, endProcess } from './end-process.ts'
import type { Finding } from './judge.ts'
import type { RunnerPorts } from './runner.ts'
import { type OwnPlace, whyUntouchable } from './untouchable.ts'

export interface ActionPorts extends EndPorts, Pick<RunnerPorts, 'redact'> {
  readonly own: OwnPlace
  /** observe: a dry run. */
  readonly mode: () => 'act' | 'observe'
  readonly restart: (node: string, by: string) => Promise<CommandResult>
  readonly run: (request: CommandRequest) => Promise<CommandOutcome>
}

/** Does what failing rules ask for. */
export interface Actions {
  readonly onFailing: RunnerPorts['onFailing']
  /** When all of it is done. */
  settled(): Promise<void>
  /** There is no time for graces. */
  hurry(): void
}

type Of<K extends CheckAction['kind']> = Extract<CheckAction, { kind: K }>

export function createActions(ports: ActionPorts): Actions {
  const { emit } = ports
  const underWay = new Set<Promise<void>>()
  const endings = new Map<string, Ending>()
  /** Left alone, or would not die: told once. */
  const told = new Set<string>()
  const busy = new Set<string>()

  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => underWay.delete(tracked))
    underWay.add(tracked)
  }

  const tell = (check: string, action: 'stop' | 'restart' | 'run', detail: string, failure?: Failure): void =>
    emit({ type: 'check-acted', check, action, detail, failure })

  const stop = (check: ConfiguredCheck, finding: Finding): void => {
    for (const view of excessOf(finding)) {
      const key = `${check.name} ${identityKey(view)}`
      if (endings.has(identityKey(view)) || told.has(key)) continue
      const untouchable = whyUntouchable(view, ports.own)
      if (untouchable !== undefined || ports.mode() === 'observe') told.add(key)
      if (untouchable !== undefined) {
        tell(check.name, 'stop', '', { code: 'untouchable', message: `${view.pid} ${view.comm} is left alone: ${untouchable}` })
        continue
      }
      const ending = endProcess({ target: view, check: check.name, detail: finding.reason, mode: ports.mode() }, ports)
      if (ending === undefined) continue
      endings.set(identityKey(view), ending)
      tell(check.name, 'stop', `${ports.mode() === 'act' ? 'ends' : 'would end'} ${view.pid} ${view.comm}`)
      track(ending.done.finally(() => endings.delete(identityKey(view))))
    }
  }

  const restart = async (check: ConfiguredCheck, { node }: Of<'restart'>): Promise<void> => {
    if (ports.mode() === 'observe') return tell(check.name, 'restart', `would restart ${node}`)
    const answer = await ports.restart(node, `check ${check.name}`)
    tell(check.name, 'restart', `restarts ${node}`, answer.ok ? undefined : answer.error)
  }

  const run = async (check: ConfiguredCheck, { argv, timeoutMs }: Of<'run'>, finding: Finding): Promise<void> => {
    if (busy.has(check.name)) return tell(check.name, 'run', '', { code: 'busy', message: `${argv[0] ?? ''} still runs from before` })
    busy.add(check.name)
    const stdin = `${JSON.stringify({ check: describeCheck(check, ports.redact), result: resultOf(finding, ports.redact) })}\n`
    const outcome = await ports.run({ argv, timeoutMs, stdin })
    busy.delete(check.name)
    const words = describeCommandEnd(outcome, timeoutMs)
    const isGood = outcome.kind === 'exited' && outcome.exit.code === 0
    tell(
      check.name,
      'run',
      words,
      isGood ? undefined : { code: outcome.kind === 'failed' ? outcome.failure.code : 'action-failed', message: words }
    )
  }

  return {
    onFailing(check, finding, since) {
      const { action } = check
      // a process that is too many may come back: it is ended again
      if (action.kind === 'stop') return stop(check, finding)
      if (since === 'before') return
      if (action.kind === 'restart') track(restart(check, action))
      if (action.kind === 'run') track(run(check, action, finding))
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    hurry() {
      for (const ending of endings.values()) ending.hurry()
    }
  }
}
