import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import type { Identity } from '../process/identity.ts'

/** A tree that runs on when its supervisor is killed, as it is known to the next one. */
export interface LeftNode {
  readonly node: string
  readonly incarnation: number
  readonly leader: Identity
  /** Real user of the leader. */
  readonly uid: number
  /** Value of TSUPERVISE_TREE. */
  readonly cookie: string
  readonly cgroup: string | undefined
  /** Monotonic ms since boot. */
  readonly startedAt: number
  /** Of what cannot be changed without a new incarnation. */
  readonly settingsHash: string
}

/** What one supervisor would leave. Numbers mean something only on this boot and in this pid namespace. */
export interface LeftRecord {
  readonly boot: string
  readonly pidNamespace: string
  readonly supervisor: Identity
  readonly nodes: readonly LeftNode[]
}

const FORMAT = 'tsupervise-left-1'

export const encodeLeft = (record: LeftRecord): string => `${JSON.stringify({ format: FORMAT, ...record })}\n`

/** Any text at all. Error `left-record`: what is wrong with it. */
export function decodeLeft(text: string): Result<LeftRecord> {
  const found = parse(text)
  if (!isRecord(found)) return wrong('it is no JSON object; it is damaged or cut off')
  if (found['format'] !== FORMAT) return wrong(`its format is not ${FORMAT}`)
  const { boot, pidNamespace, supervisor, nodes } = found
  if (!isText(boot) || !isText(pidNamespace) || !isIdentity(supervisor)) return wrong('it does not say who wrote it')
  if (!Array.isArray(nodes) || !nodes.every(isLeftNode)) return wrong('it names a node that is none')
  return success({ boot, pidNamespace, supervisor, nodes: nodes.map(withCgroup) })
}

const wrong = (why: string): Result<never> => failure('left-record', why)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const isRecord = (found: unknown): found is Record<string, unknown> => typeof found === 'object' && found !== null && !Array.isArray(found)

const isText = (found: unknown): found is string => typeof found === 'string' && found !== '' && found.length <= 4096

const isCount = (found: unknown, least: number): found is number => Number.isSafeInteger(found) && Number(found) >= least

/** Never 0, 1 or below: nothing of ours has such a pid. */
const isIdentity = (found: unknown): found is Identity => isRecord(found) && isCount(found['pid'], 1) && isCount(found['startTime'], 0)

function isLeftNode(found: unknown): found is LeftNode {
  if (!isRecord(found)) return false
  const { node, incarnation, leader, uid, cookie, cgroup, startedAt, settingsHash } = found
  return (
    isText(node) &&
    isCount(incarnation, 1) &&
    isIdentity(leader) &&
    leader.pid > 1 &&
    isCount(uid, 0) &&
    typeof cookie === 'string' &&
    /^[0-9a-f]{32}$/.test(cookie) &&
    (cgroup === undefined || isText(cgroup)) &&
    typeof startedAt === 'number' &&
    Number.isFinite(startedAt) &&
    typeof settingsHash === 'string'
  )
}

const withCgroup = (node: LeftNode): LeftNode => ({ ...node, cgroup: node.cgroup })
