import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../core/errors.ts'
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

/** Entered by everybody where everybody may connect. */
function makeFolder({ socket, socketMode }: OrphanSettings): void {
  mkdirSync(dirname(socket), { recursive: true, mode: socketMode === 0o600 ? 0o700 : 0o755 })
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
    policy: { signal: orphans.signal, graceMs: orphans.graceMs, scope: orphans.scope },
    intervalMs: orphans.intervalMs,
    compareStartTimes: orphans.compareStartTimes,
    verbosity: orphans.debugLevel,
    guardianMark: 'tsupervise-guardian'
  })
}

/** With the event file; without a state folder nothing is kept. */
function journalPath(run: BuiltRun, { stateDir }: Settings): string | undefined {
  const folder = stateDir === undefined ? undefined : prepareStateFolder(stateDir, process.geteuid?.() ?? 0)
  if (folder?.ok === true) return join(folder.value, 'orphans.journal')
  const failure = folder?.error ?? { code: 'no-state-folder', message: 'registrations of orphans are not kept: there is no state folder' }
  run.emit({ type: 'problem', failure, next: 'Give --state-dir a folder of your own.' })
  return undefined
}
