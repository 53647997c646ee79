import type { ControlClient } from '../client/control/control-client.ts'
import { asUserError, type ControlFailure, EXIT, orThrow } from '../client/control/failure.ts'
import { nodeOf } from '../store/nodes.ts'
import { isAlive } from '../ui/view/standing.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'

/** `--wait` without a time, ms. */
export const WAIT_MS = 60_000

const DONE = {
  start: { taken: 'asked to start', reached: 'runs' },
  stop: { taken: 'asked to stop', reached: 'is stopped' },
  restart: { taken: 'asked to restart', reached: 'runs again' }
} as const

type Verb = keyof typeof DONE

export const start = onNodes('start')
export const stop = onNodes('stop')
export const restart = onNodes('restart')

/** All nodes are asked at once, each is told of, and the gravest outcome is the exit code. */
function onNodes(verb: Verb) {
  return subcommand(verb, async (given) => {
    const nodes = [...new Set(given.words)]
    if (nodes.length === 0) throw given.wrong('found no NODE')
    const waitMs = given.duration('wait', WAIT_MS)
    const client = await connectTo(given)
    const codes = await Promise.all(nodes.map((node) => actOn(client, verb, node, waitMs)))
    return Math.max(...codes)
  })
}

async function actOn(client: ControlClient, type: Verb, node: string, waitMs: number | undefined): Promise<number> {
  const result = await client.send({ type, node }, waitMs)
  if (!result.ok) return complain(node, result.error)
  console.log(`${node} ${waitMs === undefined ? DONE[type].taken : DONE[type].reached}${await pidOf(client, node, waitMs)}`)
  return EXIT.done
}

/** ` as 4211`, where the answer is about a node that runs by now. */
async function pidOf(client: ControlClient, node: string, waitMs: number | undefined): Promise<string> {
  if (waitMs === undefined) return ''
  const known = nodeOf(orThrow(await client.state()).nodes, node)
  return known?.phase.phase === 'running' && isAlive(known) ? ` as ${known.phase.leader.pid}` : ''
}

/** Says on stderr why, and gives the exit code. */
export function complain(about: string, error: ControlFailure): number {
  const { message, next, exitCode } = asUserError(error)
  console.error(`tsupervise: ${about}: ${message}`)
  if (next !== undefined) console.error(next)
  return exitCode
}
