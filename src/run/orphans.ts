import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf, UserError } from '../core/errors.ts'
import { type FileLock, lockFile } from '../core/linux/flock.ts'
import { type EarlySocket, listenEarly } from '../core/reaper/early.ts'
import { createReaper, type Reaper, type ReaperOptions } from '../core/reaper/reaper.ts'
import type { OrphanSettings, Settings } from '../core/settings.ts'
import { prepareStateFolder } from '../log/state-folder.ts'
import { JOURNAL_NAME } from './orphan-service.ts'

/** The reaper's socket, taken before anything is started, so that every child can be told of it. */
export interface OrphanSocket {
  readonly address: string
  readonly listening: EarlySocket
  release(): void
}

/** undefined: the settings want none. A socket or lock that cannot be had is an error for the user: two reapers help nobody. */
export async function openOrphanSocket(settings: Settings): Promise<OrphanSocket | undefined> {
  const { orphans } = settings
  const { socket: address } = orphans
  if (address === undefined) return undefined
  const lock = orphans.lockfile === undefined ? undefined : takeLock(orphans.lockfile)
  if (!address.startsWith('@')) makeFolder(address, orphans)
  const listening = await listenEarly({ address, mode: orphans.socketMode })
  if (!listening.ok) {
    lock?.release()
    throw new UserError(listening.error.message, { next: 'Choose another --orphan-socket, or end the instance that has this one.' })
  }
  return { address, listening: listening.value, release: () => lock?.release() }
}

function takeLock(path: string): FileLock {
  const lock = lockFile(path)
  if (lock.ok) return lock.value
  throw new UserError(lock.error.message, { next: 'Make sure that no other instance runs.' })
}

/** Made if it is not there; entered by everybody where everybody may connect. */
function makeFolder(address: string, { socketMode }: OrphanSettings): void {
  const folder = dirname(address)
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o755 })
    mkdirSync(folder, { recursive: true, mode: socketMode === 0o600 ? 0o700 : 0o755 })
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    throw new UserError(`the folder ${folder} of the socket cannot be made: ${code}`, { next: 'Choose another --orphan-socket.' })
  }
}

/** What a reaper needs of its run. */
export interface ReaperParts
  extends Pick<ReaperOptions, 'clock' | 'signaller' | 'inspect' | 'redact' | 'emit' | 'nextReceiptId' | 'budget' | 'managed'> {}

/** The reaper of this run, not started yet. `socket`: undefined: it is for commands alone. */
export function buildReaper(settings: Settings, parts: ReaperParts, socket: OrphanSocket | undefined): Reaper {
  const { signal, graceMs, scope, intervalMs, compareStartTimes, debugLevel } = settings.orphans
  return createReaper({
    ...parts,
    listening: socket?.listening,
    address: socket?.address,
    journalPath: journalPath(parts, settings),
    policy: { signal, graceMs, scope, mode: settings.dryRun ? 'observe' : 'act' },
    intervalMs,
    compareStartTimes,
    verbosity: debugLevel,
    guardianMark: 'tsupervise-guardian'
  })
}

/** With the event file; without a state folder nothing is kept. */
function journalPath({ emit }: ReaperParts, { stateDir }: Settings): string | undefined {
  if (stateDir === undefined) return undefined
  const folder = prepareStateFolder(stateDir, process.geteuid?.() ?? 0)
  if (folder.ok) return join(folder.value, JOURNAL_NAME)
  emit({ type: 'problem', failure: folder.error, next: 'A tsupervise that is killed forgets the registrations of orphans.' })
  return undefined
}
