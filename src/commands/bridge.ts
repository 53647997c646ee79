import type { Duplex } from 'node:stream'
import { accepted, declined, type Greeting, readHello } from '../client/bridge-greeting.ts'
import { asUserError, EXIT } from '../client/control/failure.ts'
import { findSupervisor } from '../client/control/find.ts'
import type { Transport } from '../client/control/transport.ts'
import { UserError } from '../core/errors.ts'
import { subcommand } from './subcommand.ts'
import { choiceOf, seeker } from './supervisor.ts'

/** One connection to the control socket, over our stdin and stdout. */
export const run = subcommand('bridge', async (given) => {
  const { stdin, stdout } = process
  // whoever called may be gone at any moment: then there is nothing left to do
  stdout.on('error', () => stdin.destroy())
  stdin.on('error', () => stdin.destroy())
  const said = await readFirstLine()
  try {
    if (said.kind !== 'ok')
      throw new UserError(said.kind === 'error' ? said.message : 'stdin ended before a greeting came', { exitCode: EXIT.failed })
    const transport = await findSupervisor(choiceOf(given), seeker())
    const socket = await open(transport)
    stdout.write(accepted())
    socket.write(said.rest)
    stdin.pipe(socket)
    socket.pipe(stdout, { end: false })
    await new Promise<void>((resolve) => {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => resolve())
      stdin.on('close', () => socket.end())
    })
    return EXIT.done
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    stdout.write(declined({ code: 'refused', message: error.message, next: error.next }))
    return error.exitCode
  }
})

function open(transport: Transport): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = transport.connect()
    const failed = (error: Error): void => reject(asUserError(transport.explain(error)))
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

/** What came with the first line is in its `rest`; stdin is paused then. */
function readFirstLine(): Promise<Greeting> {
  const { stdin } = process
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      const greeting = readHello(bytes)
      if (greeting.kind !== 'incomplete') settle(greeting)
    }
    const ended = (): void => settle({ kind: 'incomplete' })
    const settle = (greeting: Greeting): void => {
      stdin.pause()
      stdin.off('data', take)
      stdin.off('end', ended)
      stdin.off('close', ended)
      resolve(greeting)
    }
    stdin.on('data', take)
    stdin.on('end', ended)
    stdin.on('close', ended)
  })
}
