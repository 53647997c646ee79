import type { NodeRunner } from './node-runner.ts'

/** Where a node stands now, for somebody who waits for it. */
export interface NodeStanding {
  readonly incarnation: number
  readonly standing: 'ready' | 'running' | 'on-its-way' | 'at-rest' | 'failed'
  /** Why it failed. */
  readonly detail: string | undefined
}

export function standingOf(runner: Pick<NodeRunner, 'machine' | 'isReady'>): NodeStanding {
  const { incarnation, state } = runner.machine()
  const at = (standing: NodeStanding['standing'], detail?: string): NodeStanding => ({ incarnation, standing, detail })
  switch (state.phase) {
    case 'running':
      return at(runner.isReady() ? 'ready' : 'running')
    case 'idle':
    case 'stopped':
      return at('at-rest')
    case 'failed':
      return at('failed', state.detail)
    default:
      return at('on-its-way')
  }
}

/** What a reload may do with a node. */
export type ReloadStanding = 'lives' | 'has-ended' | 'never-started' | 'stopped-by-hand'

/** A node that was stopped by hand stays stopped, also while it is still stopping. */
export function reloadStandingOf({ machine }: Pick<NodeRunner, 'machine'>): ReloadStanding {
  const { state } = machine()
  switch (state.phase) {
    case 'idle':
      return 'never-started'
    case 'stopped':
      return state.by === 'command' ? 'stopped-by-hand' : 'has-ended'
    case 'failed':
      return 'has-ended'
    case 'starting':
      return state.pending?.kind === 'stop' ? 'stopped-by-hand' : 'lives'
    case 'draining':
    case 'stopping':
    case 'stuck':
      return state.intent === 'stop' ? 'stopped-by-hand' : 'lives'
    default:
      return 'lives'
  }
}
