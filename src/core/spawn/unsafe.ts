import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { NodeSettings } from '../settings.ts'
import { findProgram } from './lookup.ts'

/**
 * Why this command should not be run: its program, or the folder that holds it, may be changed by others, or belongs to
 * somebody who is neither root nor the supervisor's user; watchdog: "Spawn refuses a binary that others can write to".
 * undefined: safe, or nothing that can be run (the spawn will say so).
 */
export function unsafeProgram(
  settings: Pick<NodeSettings, 'argv' | 'env' | 'cwd'>,
  ownUid: number | undefined = process.getuid?.()
): string | undefined {
  const program = findProgram(settings)
  if (program.kind !== 'executable') return undefined
  try {
    const file = realpathSync(program.path)
    return unsafePath(file, 'program', ownUid) ?? unsafePath(dirname(file), 'folder', ownUid)
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}

function unsafePath(path: string, kind: 'program' | 'folder', ownUid: number | undefined): string | undefined {
  const { uid, mode } = statSync(path)
  const what = `the ${kind} ${path}`
  if (uid !== 0 && uid !== ownUid) return `${what} belongs to uid ${uid}, who could replace it; chown it to root`
  if ((mode & 0o002) !== 0) return `${what} can be written by everybody; chmod o-w it`
  if ((mode & 0o020) !== 0) return `${what} can be written by its group; chmod g-w it`
  return undefined
}
