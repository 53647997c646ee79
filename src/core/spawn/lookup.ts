import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { NodeSettings } from '../settings.ts'

/** What execvp(3) searches where there is no PATH. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

export type Program =
  | { readonly kind: 'executable' | 'not-executable' | 'folder'; readonly path: string }
  | { readonly kind: 'missing'; readonly searched: string }

/** The file that exec will run for this command, by the child's PATH and working folder; as far as this process may see. */
export function findProgram({ argv, env, cwd }: Pick<NodeSettings, 'argv' | 'env' | 'cwd'>): Program {
  const name = argv[0] ?? ''
  if (name.includes('/')) return look(isAbsolute(name) ? name : join(cwd, name)) ?? { kind: 'missing', searched: '' }
  const searched = env['PATH'] ?? DEFAULT_PATH
  let second: Program | undefined
  for (const folder of searched.split(':')) {
    const found = look(join(resolve(cwd, folder), name))
    if (found?.kind === 'executable') return found
    second ??= found
  }
  return second ?? { kind: 'missing', searched }
}

function look(path: string): Program | undefined {
  try {
    const stats = statSync(path)
    if (stats.isDirectory()) return { kind: 'folder', path }
    // root may execute what anybody may execute
    if ((stats.mode & 0o111) === 0) return { kind: 'not-executable', path }
    accessSync(path, constants.X_OK)
    return { kind: 'executable', path }
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return code === 'EACCES' || code === 'EPERM' ? { kind: 'not-executable', path } : undefined
  }
}

const LONGEST_SHEBANG = 256

/** The interpreter that a script names in its first line; undefined: no script, or not readable. */
export function interpreterOf(path: string): string | undefined {
  try {
    const descriptor = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(LONGEST_SHEBANG)
      const line = bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, LONGEST_SHEBANG, 0)).split('\n')[0] ?? ''
      return /^#![ \t]*([^ \t]+)/.exec(line)?.[1]
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}
