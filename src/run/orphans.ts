import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf, UserError } from '../core/errors.ts'
import { createDescriptorBudget, raiseNofileLimit } from '../core/linux/descriptors.ts'
import { type FileLock, lockFile } from '../core/linux/flock.ts'
import { createReaper, type Reaper } from '../core/reaper/reaper.ts'
import { type ListeningSocket, listenOn } from '../core/reaper/socket.ts'
import type { OrphanSettings, Settings } from '../core/settings.ts'
import { prepareStateFolder } from '../log/state-folder.ts'
import type { BuiltRun } from './build.ts'

/** Clients read the address from there; orphand. */
const SOCKET_VARIABLE = 'ORPHAND_SOCKET'
/** The second half of the descriptors is for the process table. */
const SHARE_OF_DESCRIPTORS = 0.5

/** The reaper's socket, taken before anything is started, so that every child can be told of it. */
export interface OrphanSocket {
  readonly orphans: OrphanSettings
  readonly listening: ListeningSocket
  release(): void
}

/** undefined: the settings want none. A socket or lock that cannot be had is an error for the user: two reapers help nobody. */
export async function openOrphanSocket(settings: Settings): Promise<OrphanSocket | undefined> {
  const { orphans } = settings
  if (orphans === undefined) return undefined
  const lock = orphans.lockfile === undefined ? undefined : takeLock(orphans.lockfile)
  if (!orphans.socket.startsWith('@')) makeFolder(orphans)
  const listening = await listenOn({ address: orphans.socket, mode: orphans.socketMode })
  if (!listening.ok) {
    lock?.release()
    throw new UserError(listening.error.message, { next: 'Choose another --orphan-socket, or end the instance that has this one.' })
  }
  return { orphans, listening: listening.value, release: () => lock?.release() }
}

function takeLock(path: string): FileLock {
  const lock = lockFile(path)
  if (lock.ok) return lock.value
  throw new UserError(lock.error.message, { next: 'Make sure that no other instance runs.' })
}

/** Made if it is not there; entered by everybody where everybody may connect. */
function makeFolder({ socket, socketMode }: OrphanSettings): void {
  const folder = dirname(socket)
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o755 })
    mkdirSync(folder, { recursive: true, mode: socketMode === 0o600 ? 0o700 : 0o755 })
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    throw new UserError(`the folder ${folder} of the socket cannot be made: ${code}`, { next: 'Choose another --orphan-socket.' })
  }
}

/** The same settings with the socket's address in the environment of every node that was not given another one on purpose. */
export function tellNodes(settings: Settings, socket: OrphanSocket | undefined): Settings {
  if (socket === undefined) return settings
  const inherited = process.env[SOCKET_VARIABLE]
  const nodes = settings.nodes.map((node) => {
    const own = node.env[SOCKET_VARIABLE]
    return own !== undefined && own !== inherited ? node : { ...node, env: { ...node.env, [SOCKET_VARIABLE]: socket.orphans.socket } }
  })
  return { ...settings, nodes }
}

/** The reaper of this run, not started yet. */
export function buildReaper(run: BuiltRun, settings: Settings, { orphans, listening }: OrphanSocket): Reaper {
  return createReaper({
    clock: run.clock,
    signaller: run.signaller,
    inspect: (pid) => run.table.inspect(pid),
    emit: run.emit,
    budget: createDescriptorBudget(raiseNofileLimit().soft * SHARE_OF_DESCRIPTORS),
    listening,
    address: orphans.socket,
    journalPath: journalPath(run, settings),
    policy: { signal: orphans.signal, graceMs: orphans.graceMs, scope: orphans.scope, mode: settings.dryRun ? 'observe' : 'act' },
    intervalMs: orphans.intervalMs,
    compareStartTimes: orphans.compareStartTimes,
    verbosity: orphans.debugLevel,
    guardianMark: 'tsupervise-guardian'
  })
}

/** With the event file; without a state folder nothing is kept. */
function journalPath(run: BuiltRun, { stateDir }: Settings): string | undefined {
  if (stateDir === undefined) return undefined
  const folder = prepareStateFolder(stateDir, process.geteuid?.() ?? 0)
  if (folder.ok) return join(folder.value, 'orphans.journal')
  run.emit({ type: 'problem', failure: folder.error, next: 'A tsupervise that is killed forgets the registrations of orphans.' })
  return undefined
}
