import { EXIT, orThrow } from '../client/control/failure.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'

export const run = subcommand('observe', async (given) => {
  const [node, state, ...rest] = given.words
  if (node === undefined || (state !== 'on' && state !== 'off') || rest.length > 0) throw given.wrong('expected NODE, and on or off')
  const client = await connectTo(given)
  orThrow(await client.send({ type: 'observe', node, observe: state === 'on' }))
  console.log(state === 'on' ? `${node} is only observed from now on` : `limits act on ${node} again`)
  return EXIT.done
})
