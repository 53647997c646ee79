import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Surroundings {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly uid: number
  /** Folder of system configuration; /etc but in tests. */
  readonly systemFolder?: string
}

/** Where a configuration is looked for when none is named, in this order. */
export function implicitConfigFiles({ cwd, env, systemFolder = '/etc' }: Surroundings): readonly string[] {
  const userFolder = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config')
  return [
    ...['yaml', 'yml', 'json'].map((extension) => join(cwd, `tsupervise.${extension}`)),
    join(userFolder, 'tsupervise', 'tsupervise.yaml'),
    join(systemFolder, 'tsupervise', 'tsupervise.yaml')
  ]
}

/** The first of them that exists. */
export const findConfigFile = (surroundings: Surroundings): string | undefined =>
  implicitConfigFiles(surroundings).find((path) => existsSync(path))

/** Where the event file of a run is kept by default. */
export function defaultStateDir(name: string, { env, uid }: Surroundings): string {
  if (uid === 0) return join('/var/lib/tsupervise', name)
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'tsupervise', name)
}

/** Where sockets are by default; undefined: the user has no runtime folder (XDG base directory specification). */
export function runtimeFolder({ env, uid }: Surroundings): string | undefined {
  if (uid === 0) return '/run/tsupervise'
  const base = env['XDG_RUNTIME_DIR']
  return base?.startsWith('/') ? join(base, 'tsupervise') : undefined
}
