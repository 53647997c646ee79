import { spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Facility } from '../events.ts'

/** Programs of the system that the gate is made with, as absolute paths: the child's own PATH must not choose them. */
export interface Tools {
  readonly sh: string
  readonly env: string | undefined
  readonly prlimit: string | undefined
  readonly setpriv: { readonly path: string; readonly options: SetprivOptions } | undefined
}

/** What this setpriv(1) can do; busybox's can do neither. */
export interface SetprivOptions {
  readonly credentials: boolean
  readonly parentDeathSignal: boolean
}

const SYSTEM_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']

/** Looks for the tools once, and asks setpriv what it supports. */
export function findTools(path = process.env['PATH'] ?? ''): Tools {
  const folders = [...SYSTEM_FOLDERS, ...path.split(':').filter((folder) => folder.startsWith('/'))]
  const find = (name: string): string | undefined => folders.map((folder) => join(folder, name)).find(isExecutable)
  const setpriv = find('setpriv')
  return {
    sh: isExecutable('/bin/sh') ? '/bin/sh' : (find('sh') ?? '/bin/sh'),
    env: find('env'),
    prlimit: find('prlimit'),
    setpriv: setpriv === undefined ? undefined : { path: setpriv, options: setprivOptions(helpOf(setpriv)) }
  }
}

/** From the text of `setpriv --help`. */
export const setprivOptions = (help: string): SetprivOptions => ({
  credentials: ['--reuid', '--regid', '--init-groups', '--groups', '--clear-groups', '--keep-groups'].every((option) =>
    help.includes(option)
  ),
  parentDeathSignal: help.includes('--pdeathsig')
})

const STAY = 'if the supervisor is killed with SIGKILL, only the guardian ends its children'

/** What setpriv gives to children, or what they lack without it. */
export function setprivFacility(tools: Tools): Facility {
  const facility = (detail: string): Facility => ({ name: 'setpriv', available: detail === '', detail })
  if (tools.setpriv === undefined)
    return facility(`setpriv(1) is not installed (package util-linux): no change of user or group, and ${STAY}`)
  const { credentials, parentDeathSignal } = tools.setpriv.options
  if (!credentials && !parentDeathSignal)
    return facility(`${tools.setpriv.path} is not the one of util-linux: no change of user or group, and ${STAY}`)
  if (!credentials) return facility(`${tools.setpriv.path} cannot change user and group; install util-linux`)
  return facility(parentDeathSignal ? '' : `${tools.setpriv.path} has no --pdeathsig (util-linux 2.33): ${STAY}`)
}

function helpOf(program: string): string {
  const answer = spawnSync(program, ['--help'], { encoding: 'utf8', timeout: 2000, stdio: ['ignore', 'pipe', 'pipe'] })
  return `${answer.stdout ?? ''}${answer.stderr ?? ''}`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch (error) {
    if (errnoOf(error) !== undefined) return false
    throw error
  }
}
