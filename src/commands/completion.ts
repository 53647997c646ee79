import { nameOf } from '../client/control/address.ts'
import { createControlClient } from '../client/control/control-client.ts'
import { EXIT } from '../client/control/failure.ts'
import { findSupervisor, runningSockets } from '../client/control/find.ts'
import { createSystemClock } from '../core/clock.ts'
import { UserError } from '../core/errors.ts'
import { SHELLS } from './shell/scripts.ts'
import { type Given, subcommand } from './subcommand.ts'
import { choiceOf, seeker } from './supervisor.ts'

/** What the scripts ask while somebody types: one word a line, and silence when there is nothing. */
const LISTS = { nodes: listNodes, supervisors: async () => (await runningSockets(seeker())).map(nameOf) } as const

type Which = Given<'name' | 'control-socket'>

export const run = subcommand('completion', async (given) => {
  const [word, ...rest] = given.words
  if (word !== undefined && rest.length === 0) {
    const shell = Object.hasOwn(SHELLS, word) ? SHELLS[word as keyof typeof SHELLS] : undefined
    if (shell !== undefined) {
      console.log(shell())
      return EXIT.done
    }
    const list = Object.hasOwn(LISTS, word) ? LISTS[word as keyof typeof LISTS] : undefined
    if (list !== undefined) {
      for (const item of await list(given)) console.log(item)
      return EXIT.done
    }
  }
  throw given.wrong('expected bash, zsh or fish')
})

/** Nodes of the supervisor that is meant; none where that is not clear. */
async function listNodes(given: Which): Promise<readonly string[]> {
  try {
    const client = createControlClient(await findSupervisor(choiceOf(given), seeker()), createSystemClock())
    const state = await client.state()
    return state.ok ? state.value.order : []
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}
