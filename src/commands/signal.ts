import type { ControlClient } from '../client/control/control-client.ts'
import { EXIT, orThrow } from '../client/control/failure.ts'
import { suggestion } from '../config/nearest.ts'
import { UserError } from '../core/errors.ts'
import type { Identity } from '../core/process/identity.ts'
import { nodeOf } from '../store/nodes.ts'
import { type SupervisorState, selectNodes } from '../store.ts'
import { type ProcessWord, readProcess, signalWord } from './process-words.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'

export const run = subcommand('signal', async (given) => {
  const [whom, which, ...rest] = given.words
  if (whom === undefined || which === undefined || rest.length > 0) throw given.wrong('expected NODE or PID[:START], and SIGNAL')
  const signal = signalWord(which)
  if (signal === undefined) throw given.wrong(`${which.slice(0, 64)}: expected a signal such as TERM, SIGHUP or 15`)
  const client = await connectTo(given)
  const target = await targetOf(client, whom)
  orThrow(await client.send({ type: 'signal', target, signal }))
  console.log(`${signal} sent to ${target.pid}`)
  return EXIT.done
})

/** Pinned by its start time: from now on another process of this number is not meant. */
async function targetOf(client: ControlClient, whom: string): Promise<Identity> {
  const process = readProcess(whom)
  if (process?.startTime !== undefined) return { pid: process.pid, startTime: process.startTime }
  const state = orThrow(await client.state())
  return process === undefined ? leaderOf(state, whom) : memberOf(state, process)
}

function leaderOf(state: SupervisorState, name: string): Identity {
  const node = nodeOf(state.nodes, name)
  if (node === undefined) throw refused(`there is no node ${name.slice(0, 64)}${suggestion(name, state.order)}`)
  if (node.phase.phase === 'running') return node.phase.leader
  const [first] = node.sample?.processes ?? []
  if (first !== undefined) return { pid: first.pid, startTime: first.startTime }
  throw refused(`${name} has no process: it is ${node.phase.phase}`)
}

function memberOf(state: SupervisorState, { pid }: ProcessWord): Identity {
  const nodes = selectNodes(state)
  const leaders = nodes.flatMap(({ phase }) => (phase.phase === 'running' ? [phase.leader] : []))
  const known = [...leaders, ...nodes.flatMap(({ sample }) => sample?.processes ?? [])].find((process) => process.pid === pid)
  if (known !== undefined) return { pid, startTime: known.startTime }
  throw refused(
    `${pid} was in no managed tree when they were last looked at`,
    'Only managed processes are signalled; give PID:START for one that is new.'
  )
}

const refused = (message: string, next?: string): UserError =>
  new UserError(message, { exitCode: EXIT.failed, ...(next === undefined ? {} : { next }) })
