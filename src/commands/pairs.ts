import type { CommandRequest } from '../client/control/control-client.ts'
import { EXIT, orThrow } from '../client/control/failure.ts'
import { type ProcessWord, readProcess, signalWord } from './process-words.ts'
import { type Given, subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'

type Register = Extract<CommandRequest, { type: 'register' }>

export const register = subcommand('register', async (given) => {
  const { parent, child } = readPair(given)
  const signal = given.text('signal')
  const scope = given.text('scope')
  const named = signal === undefined ? undefined : signalWord(signal)
  if (signal !== undefined && named === undefined)
    throw given.wrong(`--signal: found '${signal.slice(0, 64)}', expected a signal such as TERM or 15`)
  if (scope !== undefined && scope !== 'child' && scope !== 'tree')
    throw given.wrong(`--scope: found '${scope.slice(0, 64)}', expected child or tree`)
  const graceMs = given.duration('grace')
  const expect = expectOf(given, parent, child)
  const client = await connectTo(given)
  const request: Register = {
    type: 'register',
    parent: parent.pid,
    child: child.pid,
    expect,
    signal: named,
    graceMs,
    scope
  }
  orThrow(await client.send(request))
  console.log(`${child.pid} ends when ${parent.pid} dies`)
  return EXIT.done
})

export const unregister = subcommand('unregister', async (given) => {
  const { parent, child } = readPair(given)
  const client = await connectTo(given)
  orThrow(await client.send({ type: 'unregister', parent: parent.pid, child: child.pid }))
  console.log(`${child.pid} may outlive ${parent.pid}`)
  return EXIT.done
})

function readPair(given: Given<never>): { readonly parent: ProcessWord; readonly child: ProcessWord } {
  const [parent, child] = given.words.map(readProcess)
  if (parent === undefined || child === undefined || given.words.length > 2)
    throw given.wrong('expected two processes, PARENT and CHILD: each PID or PID:START')
  return { parent, child }
}

/** Both start times or none: half a promise would be none. */
function expectOf(given: Given<never>, parent: ProcessWord, child: ProcessWord): Register['expect'] {
  if (parent.startTime === undefined && child.startTime === undefined) return undefined
  if (parent.startTime !== undefined && child.startTime !== undefined) return { parentStart: parent.startTime, childStart: child.startTime }
  throw given.wrong('give START for both processes, or for none')
}
