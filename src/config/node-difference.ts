import { isDeepStrictEqual } from 'node:util'
import type { ReloadDifference } from '../core/queries.ts'
import type { NodeSettings } from '../core/settings.ts'
import type { Change } from './field.ts'
import type { Effective } from './ledger.ts'
import { nodePath } from './limit-fields.ts'

type FieldChange = ReloadDifference['changes'][number]['fields'][number]

interface Side {
  readonly node: NodeSettings
  readonly effective: ReadonlyMap<string, Effective>
}

/** Where each part of a node's settings stands in the configuration. */
const PATHS: { readonly [Key in Exclude<keyof NodeSettings, 'name'>]: readonly string[] } = {
  kind: [],
  argv: ['command'],
  cwd: ['cwd'],
  env: ['env'],
  credentials: ['user', 'group', 'supplementaryGroups'],
  umask: ['umask'],
  rlimits: ['rlimits'],
  stop: ['stop'],
  scope: ['scope'],
  containment: ['containment'],
  watched: ['watched'],
  observe: ['observe'],
  limits: ['limits'],
  respawn: ['respawn'],
  restart: ['restart'],
  successCodes: ['successCodes'],
  delayMs: ['delay'],
  enabled: ['enabled'],
  after: ['after'],
  readiness: ['ready'],
  health: ['health'],
  onSupervisorDeath: ['onSupervisorDeath'],
  log: ['log']
}

/** Settings of which only the names are shown. */
const HIDDEN = '(hidden)'
const UNSET = 'none'

/** What differs between two configurations of one node; found in the settings themselves, told in the words of the file. */
export function nodeFields(before: Side, after: Side, changeOf: (path: string) => Change | undefined): FieldChange[] {
  const told = (path: string, from: string, to: string): FieldChange => ({
    path: [...nodePath(after.node), path].join('.'),
    from,
    to,
    change: changeOf(`worker.${path}`) ?? 'spawn-time'
  })
  return (Object.keys(PATHS) as (keyof typeof PATHS)[]).flatMap((key) => {
    if (isDeepStrictEqual(plain(before.node[key]), plain(after.node[key]))) return []
    if (key === 'kind') return [{ ...told('command', before.node.kind, after.node.kind), path: nodePath(after.node).join('.') }]
    if (key === 'env') return environmentNames(before.node, after.node).map(([name, from, to]) => told(`env.${name}`, from, to))
    const leaves = PATHS[key].flatMap((path) => leavesBelow(path, before, after))
    if (leaves.length > 0) return leaves.map(([path, from, to]) => told(path, from, to))
    const [path = key] = PATHS[key]
    return [told(path, shownAt(before, path), shownAt(after, path))]
  })
}

/** Without where values came from, which changes with every line that moves. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if ('value' in value && 'source' in value) return plain(value.value)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

function leavesBelow(path: string, before: Side, after: Side): (readonly [string, string, string])[] {
  const names = [...new Set([...namesBelow(path, before), ...namesBelow(path, after)])]
  return names.flatMap((name) => {
    const from = shownAt(before, name)
    const to = shownAt(after, name)
    return from === to ? [] : [[name, from, to] as const]
  })
}

function namesBelow(path: string, { node, effective }: Side): string[] {
  const start = `${nodePath(node).join('.')}.`
  return [...effective.keys()]
    .filter((full) => full === start + path || full.startsWith(`${start}${path}.`))
    .map((full) => full.slice(start.length))
}

const shownAt = ({ node, effective }: Side, path: string): string => effective.get([...nodePath(node), path].join('.'))?.shown ?? UNSET

function environmentNames(before: NodeSettings, after: NodeSettings): (readonly [string, string, string])[] {
  const names = [...new Set([...Object.keys(before.env), ...Object.keys(after.env)])]
  const shown = (value: string | undefined): string => (value === undefined ? UNSET : HIDDEN)
  return names.filter((name) => before.env[name] !== after.env[name]).map((name) => [name, shown(before.env[name]), shown(after.env[name])])
}
