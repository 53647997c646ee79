import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { nodeName } from '../../config/special-values.ts'
import { UserError } from '../../core/errors.ts'
import { controlFolders, isListening, nameOf, type Seeker, socketOf, socketsIn } from './address.ts'
import { EXIT } from './failure.ts'
import { type Transport, unixTransport } from './transport.ts'

/** What the command line says of the supervisor that is meant. */
export interface Choice {
  readonly controlSocket?: string | undefined
  readonly name?: string | undefined
}

/**
 * The supervisor that is meant: by socket, by name, by TSUPERVISE_CONTROL_SOCKET or TSUPERVISE_NAME, else the only one
 * there is. Throws a UserError that lists those there are when it is not clear which.
 */
export async function findSupervisor(choice: Choice, seeker: Seeker): Promise<Transport> {
  if (choice.controlSocket !== undefined) return bySocket(choice.controlSocket)
  if (choice.name !== undefined) return byName(choice.name, seeker)
  const { TSUPERVISE_CONTROL_SOCKET: socket, TSUPERVISE_NAME: name } = seeker.env
  // none: a supervisor's own setting
  if (socket !== undefined && socket !== '' && socket !== 'none') return bySocket(socket)
  if (name !== undefined && name !== '') return byName(name, seeker)
  return theOnlyOne(seeker)
}

/** Paths of all control sockets at which somebody listens, in the folders of this user. */
export async function runningSockets(seeker: Seeker): Promise<readonly string[]> {
  const paths = socketsIn(controlFolders(seeker))
  const listening = await Promise.all(paths.map(isListening))
  return paths.filter((_, index) => listening[index])
}

const bySocket = (path: string): Transport => unixTransport(resolve(path), nameOf(path))

function byName(name: string, seeker: Seeker): Transport {
  if (nodeName.read(name) === undefined) throw new UserError(`--name: found '${name.slice(0, 64)}', expected ${nodeName.expected}`)
  const paths = controlFolders(seeker).map((folder) => socketOf(folder, name))
  const path = paths.find((candidate) => existsSync(candidate)) ?? paths[0] ?? ''
  return unixTransport(path, name)
}

async function theOnlyOne(seeker: Seeker): Promise<Transport> {
  const paths = await runningSockets(seeker)
  const [only, ...others] = paths
  if (only !== undefined && others.length === 0) return unixTransport(only, nameOf(only))
  if (only === undefined) throw new UserError(`no supervisor runs here: none in ${controlFolders(seeker).join(', ')}`, NONE)
  const list = paths.map((path) => `  ${nameOf(path).padEnd(20)} ${path}`).join('\n')
  throw new UserError(`${paths.length} supervisors run here:\n${list}`, {
    next: 'Choose one with --name NAME or --control-socket PATH.',
    exitCode: EXIT.unreachable
  })
}

const NONE = { next: 'Start one, or say where it is with --name or --control-socket.', exitCode: EXIT.unreachable }
