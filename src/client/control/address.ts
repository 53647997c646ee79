import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { basename, join } from 'node:path'
import { runtimeFolder } from '../../config/find.ts'
import { errnoOf } from '../../core/errors.ts'

/** As whom and in what environment somebody looks for a supervisor. */
export interface Seeker {
  readonly env: NodeJS.ProcessEnv
  readonly uid: number
  /** Where supervisors of the system have theirs; /run/tsupervise but in tests. */
  readonly systemFolder?: string
}

const SYSTEM_FOLDER = '/run/tsupervise'
const SUFFIX = '.sock'
/** A living one accepts at once: the kernel does it. */
const PROBE_MS = 2000

/** Where control sockets are by default, the own folder first; an ordinary user may be let in to one of the system. */
export function controlFolders({ env, uid, systemFolder = SYSTEM_FOLDER }: Seeker): readonly string[] {
  const own = runtimeFolder({ env, uid, cwd: '/' })
  return own === undefined || own === systemFolder ? [systemFolder] : [own, systemFolder]
}

export const socketOf = (folder: string, name: string): string => join(folder, `${name}${SUFFIX}`)

/** `web` for `/run/tsupervise/web.sock`. */
export const nameOf = (path: string): string => basename(path, SUFFIX)

/** Every path in these folders that looks like a control socket; a folder that is not there holds none. */
export function socketsIn(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => {
    try {
      const entries = readdirSync(folder, { withFileTypes: true })
      return entries
        .filter((entry) => entry.isSocket() && entry.name.endsWith(SUFFIX))
        .map((entry) => join(folder, entry.name))
        .sort()
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      return []
    }
  })
}

/** Whether somebody listens there whom this user may speak to. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: PROBE_MS })
    const settle = (listening: boolean): void => {
      socket.destroy()
      resolve(listening)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.on('error', () => settle(false))
  })
}
