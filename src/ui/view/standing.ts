import { describeExit } from '../../core/stop/wording.ts'
import type { NodePhase, NodeState } from '../../store.ts'
import { formatLeft } from '../format/time.ts'
import type { Sign, Tone } from '../theme.ts'
import { pressureOf } from './pressure.ts'

/** How a node's phase looks: a sign and a word that say the same, and a note where there is more to say. */
export interface Standing {
  readonly sign: Sign
  readonly word: string
  readonly tone: Tone
  readonly note: string
}

type Shown = { readonly [P in NodePhase['phase']]: (phase: Extract<NodePhase, { phase: P }>, node: NodeState, now: number) => Standing }

const left = (until: string, now: number): string => formatLeft(Date.parse(until) - now)

const STANDINGS: Shown = {
  idle: (_, node) => ({ sign: 'idle', word: 'idle', tone: 'dim', note: node.description.enabled ? 'not started' : 'disabled' }),
  waiting: (phase) => ({ sign: 'waiting', word: 'waiting', tone: 'accent', note: `waits for ${phase.after.join(', ')}` }),
  starting: () => ({ sign: 'starting', word: 'starting', tone: 'accent', note: 'starting' }),
  running: (phase, node, now) => runningStanding(phase.ready, node, now),
  stopping: (phase, _, now) => ({
    sign: 'stopping',
    word: 'stopping',
    tone: 'warn',
    note: `stopping ${formatLeft(now - Date.parse(phase.since))}`
  }),
  stuck: (phase) => ({ sign: 'stuck', word: 'stuck', tone: 'alarm', note: `stuck: ${phase.survivors.length} left` }),
  'backing-off': (phase, _, now) => ({ sign: 'backing-off', word: 'back-off', tone: 'warn', note: `back-off ${left(phase.until, now)}` }),
  stopped: (phase, node) => ({ sign: 'stopped', word: 'stopped', tone: 'dim', note: `${STOPPED_BY[phase.by]}${endOf(node)}` }),
  failed: (phase) => ({ sign: 'failed', word: 'failed', tone: 'alarm', note: `failed: ${phase.detail}` })
}

const STOPPED_BY = { command: 'stopped by hand', exit: 'ended by itself', shutdown: 'stopped: shutdown' } as const

const endOf = ({ lastExit }: NodeState): string => (lastExit === undefined ? '' : `, ${describeExit(lastExit)}`)

/** From here on a node is near its limit (terminal: thresholds). */
const NEAR = 0.75

function runningStanding(ready: boolean, node: NodeState, now: number): Standing {
  const last = node.ledger.at(-1)
  if (node.health?.healthy === false) return { sign: 'over', word: 'unhealthy', tone: 'warn', note: node.health.detail }
  if (node.description.watched && (last?.cpu.over || last?.memory.over)) {
    return {
      sign: 'over',
      word: 'over',
      tone: node.description.observe ? 'warn' : 'alarm',
      note: `${last?.cpu.over ? 'CPU' : 'memory'} above its limit`
    }
  }
  if (!ready) return { sign: 'starting', word: 'not ready', tone: 'accent', note: 'not ready yet' }
  if (node.description.observe) return { sign: 'observed', word: 'observed', tone: 'accent', note: 'observed only' }
  const pressure = pressureOf(node, now)
  const nearest = Math.max(pressure?.cpuShare ?? 0, pressure?.memoryShare ?? 0)
  if (nearest >= NEAR) return { sign: 'near', word: 'near', tone: nearest >= 0.9 ? 'alarm' : 'warn', note: 'near its limit' }
  return { sign: 'running', word: 'running', tone: 'good', note: '' }
}

/** Sign and word for where this node stands. `now` is the wall clock, ms. */
export function standingOf(node: NodeState, now: number): Standing {
  const show = STANDINGS[node.phase.phase] as (phase: NodePhase, node: NodeState, now: number) => Standing
  return show(node.phase, node, now)
}

/** Whether processes of this node may live. */
export const isAlive = (node: NodeState): boolean => ['running', 'stopping', 'stuck'].includes(node.phase.phase)
