import { randomBytes } from 'node:crypto'
import type { TreeHandle } from '../ports.ts'

/** How the environment reaches the program. */
export interface ChildEnvironment {
  /** Given to the gate. */
  readonly plain: Readonly<Record<string, string>>
  /**
   * NAME=VALUE for env(1): a shell drops variables whose name is no identifier, e.g. `spring.datasource.url`,
   * and gives values of its own to some others.
   */
  readonly throughEnv: readonly string[]
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Changed or made read-only by one of the shells, or changing what it does. */
const OF_SHELLS = new Set([
  'IFS',
  'OPTIND',
  'PPID',
  'LINENO',
  'UID',
  'EUID',
  'GROUPS',
  'RANDOM',
  'SECONDS',
  'SHELLOPTS',
  'BASHOPTS',
  'BASH_ENV',
  'ENV'
])

/** Between a service manager and the supervisor, or settings of the supervisor: no business of its children. */
const OWN_VARIABLE = /^(NOTIFY_SOCKET$|WATCHDOG_|LISTEN_|TSUPERVISE_)/

export const COOKIE_VARIABLE = 'TSUPERVISE_TREE'

/** What runs beside the nodes (hooks, probes) has no leader and no cgroup, but a cookie, by which the guardian finds it. */
export const sideTree: TreeHandle = {
  node: '',
  leader: { pid: 0, startTime: 0 },
  cookie: randomBytes(16).toString('hex'),
  cgroup: undefined
}

/** What commands beside the nodes are given: our environment without what concerns only us, and the cookie of the side tree. */
export const withoutOwnVariables = (env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_VARIABLE.test(name))),
  [COOKIE_VARIABLE]: sideTree.cookie
})

/**
 * The environment of a child: what the node's settings say, less the supervisor's own variables, plus the cookie of the tree.
 * A variable that the supervisor has with another value, or not at all, was set for the node on purpose and stays.
 */
export function childEnvironment(
  wanted: Readonly<Record<string, string>>,
  own: Readonly<NodeJS.ProcessEnv>,
  cookie: string
): ChildEnvironment {
  const plain: Record<string, string> = {}
  const throughEnv: string[] = []
  for (const [name, value] of Object.entries(wanted)) {
    if (name === '' || name === COOKIE_VARIABLE) continue
    if (OWN_VARIABLE.test(name) && own[name] === value) continue
    if (IDENTIFIER.test(name) && !OF_SHELLS.has(name)) plain[name] = value
    else throughEnv.push(`${name}=${value}`)
  }
  plain[COOKIE_VARIABLE] = cookie
  return { plain, throughEnv }
}
