import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import type { Child } from '../ports.ts'
import type { ExitStatus } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import { execFailure } from './exec-failure.ts'
import type { GateOutcome } from './gate-script.ts'
import type { Waiting } from './waiting.ts'

export interface ChildParts {
  readonly waiting: Waiting
  readonly settings: NodeSettings
  readonly sawOomKill: () => boolean
  /** Takes away what held the tree; called once. */
  readonly letGo: () => void
}

/** A child that waits at the gate. */
export function createChild(parts: ChildParts): Child {
  const { waiting, settings } = parts
  const { gate, output, tree } = waiting
  const { stdout, stderr } = output
  let released: Promise<Result<undefined>> | undefined
  let closed = false

  const exited = waiting.exited.then((end): ExitStatus => ({ ...end, oomKilled: end.signal === 'SIGKILL' && parts.sawOomKill() }))
  // a program that could not be run has no exit: `release` tells what happened
  const programExited = exited.then(async (exit) => (released === undefined || (await released).ok ? exit : undefined))

  const close = (): void => {
    if (closed) return
    closed = true
    gate.close()
    for (const stream of [stdout, stderr]) {
      // what a gate says that was never opened is no output of the program
      if (released === undefined) void stream.text()
      else stream.finish()
    }
    parts.letGo()
  }

  const open = async (): Promise<Result<undefined>> => {
    gate.go()
    const outcome = await gate.outcome
    if (outcome.kind === 'running') {
      stdout.start()
      stderr.start()
      return success(undefined)
    }
    const [exit, said] = await Promise.all([exited, stderr.text()])
    close()
    return notRunning(outcome, exit, said, settings)
  }

  return {
    leader: tree.leader,
    tree,
    containment: waiting.held.kind,
    release() {
      released ??= open()
      return released
    },
    onExit(listener) {
      void programExited.then((exit) => {
        if (exit !== undefined) listener(exit)
      })
    },
    close
  }
}

function notRunning(
  outcome: Exclude<GateOutcome, { kind: 'running' }>,
  exit: ExitStatus,
  stderr: string,
  settings: NodeSettings
): Result<never> {
  const said = stderr.trim().split('\n').slice(-3).join('; ')
  if (outcome.kind === 'exec-failed') return { ok: false, error: execFailure(outcome.status, settings, said) }
  if (said !== '') return failure('setup-failed', `the program was not started: ${said}`)
  return failure('setup-failed', `the program was not started: it ended at the gate with ${exit.signal ?? `exit code ${exit.code}`}`)
}
