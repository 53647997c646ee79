import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf, failure, type Result, success } from '../core/errors.ts'

const STICKY = 0o1000

/** Where a run keeps its state unless it is told otherwise: the XDG base directory specification, for root the system's. */
export function defaultStateFolder(name: string, env: Readonly<Record<string, string | undefined>>, uid: number, home: string): string {
  if (uid === 0) return join('/var/lib/tsupervise', name)
  const base = env['XDG_STATE_HOME']
  return join(base?.startsWith('/') ? base : join(home, '.local/state'), 'tsupervise', name)
}

/**
 * Makes the folder (mode 0700, with those above it) unless it is there, and gives its real path. Errors: those of mkdir(2),
 * `unsafe-folder` where it, or one above it, belongs to neither root nor the user, or others can write to it.
 */
export function prepareStateFolder(path: string, uid: number): Result<string> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const real = realpathSync(path)
    if (!statSync(real).isDirectory()) return failure('ENOTDIR', `${path} is no folder`)
    const unsafe = unsafeReason(real, uid)
    return unsafe === undefined ? success(real) : failure('unsafe-folder', unsafe)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `the state folder ${path} cannot be made: ${code}`)
  }
}

function unsafeReason(folder: string, uid: number): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const { uid: owner, mode } = lstatSync(at)
    if (owner !== 0 && owner !== uid)
      return `${at} belongs to uid ${owner}, expected root or uid ${uid}: what is kept in it could be changed`
    const shared = at !== folder && (mode & STICKY) !== 0
    if ((mode & 0o022) !== 0 && !shared) return `others can write to ${at} (mode ${(mode & 0o7777).toString(8)}); run: chmod go-w ${at}`
    if (at === dirname(at)) return undefined
  }
}
