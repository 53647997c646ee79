import type { Credentials, LogSettings, NodeKind, NodeSettings, ResourceLimit, Sourced } from '../core/settings.ts'
import { byDefault, type FileSection } from './ledger.ts'
import { nodeDefaults } from './levels.ts'
import { type Policy, type ResolveContext, resolvePath } from './resolve-context.ts'
import { resolveEnvironment } from './resolve-env.ts'
import { resolveDelay, resolveLimits, resolveRespawn, resolveStop } from './resolve-limits.ts'
import { resolveHealth, resolveReadiness } from './resolve-probes.ts'
import { resourceLimit } from './rlimits.ts'
import type { NodeConfig } from './schema-node.ts'
import { umask } from './special-values.ts'
import { size } from './units.ts'
import { boolean, choice, count, text, type ValueKind } from './values.ts'

export interface NodeInput {
  readonly name: string
  readonly kind: NodeKind
  /** `worker`, `extensions.indexer`. */
  readonly path: string
  readonly file: FileSection<NodeConfig>
  readonly argv: Sourced<readonly string[]>
}

const MB = 2 ** 20
const list = (shown: readonly (string | number)[]): string => `[${shown.join(', ')}]`
const optional: Pick<ValueKind<string | undefined>, 'show'> = { show: (value) => value ?? 'as the supervisor' }

/** Everything about one node, from what the file, the level, options and defaults say. */
export function resolveNode(context: ResolveContext, policy: Policy, input: NodeInput): NodeSettings {
  const { ledger } = context
  const { name, kind, path, file, argv } = input
  const defaults = nodeDefaults(policy.compat, kind)
  ledger.note(`${path}.command`, argv.value.join(' '), argv.source)
  return {
    name,
    kind,
    argv: argv.value,
    cwd: resolveCwd(context, input),
    env: resolveEnvironment(context, file, path),
    credentials: resolveCredentials(context, file, path),
    umask: ledger.choose<number | undefined>(
      `${path}.umask`,
      { show: (value) => (value === undefined ? 'as the supervisor' : umask.show(value)) },
      [file.get('umask')],
      byDefault(undefined)
    ).value,
    rlimits: resolveRlimits(context, file, path),
    stop: resolveStop(context, defaults, file, path),
    scope: ledger.choose(`${path}.scope`, choice('tree', 'process'), [file.get('scope')], byDefault(defaults.scope)).value,
    containment: ledger.choose(
      `${path}.containment`,
      choice('auto', 'cgroup', 'subreaper', 'group'),
      [file.get('containment')],
      byDefault<NodeSettings['containment']>('auto')
    ).value,
    onSupervisorDeath: ledger.choose(
      `${path}.onSupervisorDeath`,
      choice('stop', 'leave'),
      [context.overrides['on-supervisor-death'], file.get('onSupervisorDeath'), context.root.get('onSupervisorDeath')],
      byDefault<NodeSettings['onSupervisorDeath']>('stop')
    ).value,
    watched: resolveWatched(context, input, defaults.watched),
    observe: ledger.choose(`${path}.observe`, boolean, [file.get('observe')], byDefault(false)).value,
    limits: resolveLimits(context, policy, file, path),
    respawn: resolveRespawn(context, policy, defaults, file, path),
    restart: ledger.choose(`${path}.restart`, choice('always', 'on-failure', 'never'), [file.get('restart')], byDefault(defaults.restart))
      .value,
    successCodes: ledger.choose<readonly number[]>(`${path}.successCodes`, { show: list }, [file.get('successCodes')], byDefault([0]))
      .value,
    delayMs: resolveDelay(context, file, path),
    enabled: ledger.choose(`${path}.enabled`, boolean, [file.get('enabled')], byDefault(true)).value,
    after: ledger.choose<readonly string[]>(`${path}.after`, { show: list }, [file.get('after')], byDefault([])).value,
    readiness: resolveReadiness(context, file, path),
    health: resolveHealth(context, file, path),
    log: resolveNodeLog(context, file, path)
  }
}

/** Where the command was written decides what it is relative to. */
function resolveCwd(context: ResolveContext, { file, argv, path }: NodeInput): string {
  const own = file.get('cwd')
  const cwd = own === undefined ? (argv.source.kind === 'file' ? context.folder : context.surroundings.cwd) : resolvePath(context, own)
  return context.ledger.choose(`${path}.cwd`, text, [own && { value: cwd, source: own.source }], byDefault(cwd)).value
}

/** disable_watchdog and enable_extensions_watchdog are stronger than the file, where they come from an option. */
function resolveWatched({ ledger, overrides, shared }: ResolveContext, { kind, path, file }: NodeInput, fallback: boolean): boolean {
  const disabled = overrides['disable-watchdog']
  const off = disabled && { value: !disabled.value, source: disabled.source }
  const enabled = shared.get('enabled')
  const forExtensions =
    kind === 'extension' ? [overrides['enable-extensions-watchdog'], file.get('watched'), shared.get('watchExtensions')] : []
  const candidates = [
    off?.value === false ? off : undefined,
    off === undefined && enabled?.value === false ? enabled : undefined,
    ...forExtensions,
    file.get('watched')
  ]
  return ledger.choose(`${path}.watched`, boolean, candidates, byDefault(fallback)).value
}

function resolveCredentials({ ledger }: ResolveContext, file: FileSection<NodeConfig>, path: string): Credentials {
  const nobody = byDefault<string | undefined>(undefined)
  return {
    user: ledger.choose(`${path}.user`, optional, [file.get('user')], nobody).value,
    group: ledger.choose(`${path}.group`, { show: (value) => value ?? 'that of the user' }, [file.get('group')], nobody).value,
    supplementaryGroups: ledger.choose<readonly string[] | undefined>(
      `${path}.supplementaryGroups`,
      { show: (value) => (value === undefined ? 'those of the user' : list(value)) },
      [file.get('supplementaryGroups')],
      byDefault(undefined)
    ).value
  }
}

function resolveRlimits({ ledger }: ResolveContext, file: FileSection<NodeConfig>, path: string): Readonly<Record<string, ResourceLimit>> {
  const given = file.get('rlimits')
  if (given === undefined) return {}
  const own = file.section('rlimits')
  for (const [resource, limit] of Object.entries(given.value)) {
    ledger.note(`${path}.rlimits.${resource}`, resourceLimit.show(limit), own.get(resource)?.source ?? given.source)
  }
  return given.value
}

function resolveNodeLog(context: ResolveContext, node: FileSection<NodeConfig>, path: string): LogSettings {
  const { ledger } = context
  const own = node.section('log')
  const named = own.get('file')
  const file = named && { value: resolvePath(context, named), source: named.source }
  return {
    ringLines: ledger.choose(`${path}.log.ringLines`, count(1, 100_000), [own.get('ringLines')], byDefault(2000)).value,
    file: ledger.choose<string | undefined>(`${path}.log.file`, { show: (value) => value ?? 'none' }, [file], byDefault(undefined)).value,
    maxFileBytes: ledger.choose(`${path}.log.maxSize`, size, [own.get('maxSize')], byDefault(10 * MB)).value,
    maxFiles: ledger.choose(`${path}.log.maxFiles`, count(1, 1000), [own.get('maxFiles')], byDefault(5)).value,
    echo: ledger.choose(`${path}.log.echo`, boolean, [own.get('echo')], byDefault(true)).value
  }
}
