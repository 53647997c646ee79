import type { Run } from './context.ts'
import type { NodeRunner } from './node-runner.ts'
import { endStrays } from './strays.ts'

/** The supervisor could not stop a child; it outranks every other reason. */
const UNHEALTHY = 78

export interface Shutdown {
  /** The first call decides code and reason, unless a later one says 78; `force`, then or later, sends SIGKILL at once. */
  begin(code: number, reason: string, force: boolean): void
  underWay(): boolean
  /** Something came to rest: see what is next. */
  advance(): void
}

export interface ShutdownRequest {
  readonly run: Run
  readonly runners: ReadonlyMap<string, NodeRunner>
  readonly finish: (end: { readonly code: number; readonly reason: string }) => void
}

type Stage =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'extensions' | 'worker' | 'strays' | 'finished'
      readonly code: number
      readonly reason: string
      readonly force: boolean
    }

/** Ends the run in order: the extensions, then the worker, then whatever of ours is left. */
export function createShutdown({ run, runners, finish }: ShutdownRequest): Shutdown {
  let stage: Stage = { kind: 'none' }

  const nodes = (kind: 'worker' | 'extension'): NodeRunner[] => [...runners.values()].filter((runner) => runner.settings().kind === kind)
  const tell = (kind: 'worker' | 'extension', force: boolean): void => {
    for (const runner of nodes(kind)) runner.feed({ type: 'shutdown', force })
  }

  const advance = (): void => {
    if (stage.kind === 'extensions' && nodes('extension').every(isAtRest)) {
      stage = { ...stage, kind: 'worker' }
      tell('worker', stage.force)
    }
    if (stage.kind === 'worker' && nodes('worker').every(isAtRest)) {
      const end = { ...stage, kind: 'strays' as const }
      stage = end
      void endStrays(run).then((survivors) => {
        stage = { ...end, kind: 'finished' }
        if (survivors.length === 0) return finish({ code: end.code, reason: end.reason })
        finish({ code: 78, reason: `${end.reason}; still alive after SIGKILL: ${survivors.join(', ')}` })
      })
    }
  }

  return {
    underWay: () => stage.kind !== 'none',
    advance,
    begin(code, reason, force) {
      if (stage.kind === 'none') {
        stage = { kind: 'extensions', code, reason, force }
        run.ports.emit({ type: 'shutdown-started', code, reason })
        tell('extension', force)
        if (force) tell('worker', true)
        advance()
        return
      }
      if (code === UNHEALTHY && stage.kind !== 'finished') stage = { ...stage, code, reason }
      if (!force || stage.kind === 'finished' || stage.kind === 'strays') return
      stage = { ...stage, force: true }
      tell('extension', true)
      tell('worker', true)
    }
  }
}

const isAtRest = (runner: NodeRunner): boolean => ['idle', 'stopped', 'failed'].includes(runner.machine().state.phase)
