import type { Run, RunEnd } from './context.ts'
import type { NodeRunner } from './node-runner.ts'
import { endStrays } from './strays.ts'

/** The supervisor could not stop a child; it outranks every other reason. */
const UNHEALTHY = 78

export interface Shutdown {
  /** The first call decides code and reason, unless a later one says 78; `force`, then or later, sends SIGKILL at once. */
  begin(end: RunEnd, force: boolean): void
  underWay(): boolean
  /** Something came to rest: see what is next. */
  advance(): void
}

/** What has something to finish before the end of the run. */
export interface Closing {
  close(): Promise<void>
  /** There is no more time for it. */
  hurry(): void
}

export interface ShutdownRequest {
  readonly run: Run
  readonly runners: ReadonlyMap<string, NodeRunner>
  readonly closings: readonly Closing[]
  readonly finish: (end: RunEnd) => void
}

type Stage =
  | { readonly kind: 'none' }
  | { readonly kind: 'extensions' | 'worker' | 'strays' | 'finished'; readonly end: RunEnd; readonly force: boolean }

/** Ends the run in order: the extensions, then the worker, then whatever of ours is left. */
export function createShutdown({ run, runners, closings, finish }: ShutdownRequest): Shutdown {
  let stage: Stage = { kind: 'none' }

  const nodes = (kind: 'worker' | 'extension'): NodeRunner[] => [...runners.values()].filter((runner) => runner.settings().kind === kind)
  const tell = (kind: 'worker' | 'extension', force: boolean): void => {
    for (const runner of nodes(kind)) runner.feed({ type: 'shutdown', force })
  }

  const hurry = (): void => {
    for (const closing of closings) closing.hurry()
  }

  const advance = (): void => {
    if (stage.kind === 'extensions' && nodes('extension').every(isAtRest)) {
      stage = { ...stage, kind: 'worker' }
      tell('worker', stage.force)
    }
    if (stage.kind === 'worker' && nodes('worker').every(isAtRest)) {
      stage = { ...stage, kind: 'strays' }
      void endStrays(run).then(leave)
    }
  }

  const leave = async (survivors: readonly number[]): Promise<void> => {
    await Promise.all(closings.map((closing) => closing.close()))
    if (stage.kind === 'none') return
    stage = { ...stage, kind: 'finished' }
    const { end } = stage
    if (survivors.length === 0) return finish(end)
    finish({ code: UNHEALTHY, reason: `${end.reason}; still alive after SIGKILL: ${survivors.join(', ')}` })
  }

  return {
    underWay: () => stage.kind !== 'none',
    advance,
    begin(end, force) {
      if (stage.kind === 'none') {
        stage = { kind: 'extensions', end, force }
        run.ports.emit({ type: 'shutdown-started', code: end.code, reason: end.reason })
        tell('extension', force)
        if (force) {
          hurry()
          tell('worker', true)
        }
        advance()
        return
      }
      if (end.code === UNHEALTHY && stage.kind !== 'finished') stage = { ...stage, end }
      if (!force || stage.kind === 'finished') return
      hurry()
      if (stage.kind === 'strays') return
      stage = { ...stage, force: true }
      tell('extension', true)
      tell('worker', true)
    }
  }
}

/** Nothing of it lives, and nothing is on its way. */
export const isAtRest = (runner: NodeRunner): boolean => ['idle', 'stopped', 'failed'].includes(runner.machine().state.phase)
