import { basename } from 'node:path'
import { SECRET_PATTERNS } from '../core/redact.ts'
import type { Compat, Hook, Settings, Source, Sourced, WatchdogLevel } from '../core/settings.ts'
import type { AutoloadedExtension } from './autoload.ts'
import { crossCheck, doubtsAbout } from './cross-check.ts'
import { crossCheckLeave } from './cross-check-leave.ts'
import type { Located } from './document.ts'
import { defaultStateDir, type Surroundings } from './find.ts'
import { byDefault, createLedger, type Effective } from './ledger.ts'
import { INTERVAL_MS, ownMemoryLimit } from './levels.ts'
import type { Overrides } from './overrides.ts'
import type { Problem } from './problem.ts'
import { resolveChecks } from './resolve-checks.ts'
import { folderOf, type ResolveContext, resolvePath, rootSection } from './resolve-context.ts'
import { resolveControl, resolveMetrics } from './resolve-control.ts'
import { resolveNodes } from './resolve-nodes.ts'
import { resolveOrphans } from './resolve-orphans.ts'
import { resolveProcesses } from './resolve-processes.ts'
import { type InterfacePreferences, resolveInterface } from './resolve-ui.ts'
import type { FileConfig } from './schema.ts'
import { level as levelKind, nodeName, readSignal } from './special-values.ts'
import { interval, size } from './units.ts'
import { boolean, choice } from './values.ts'

/** Everything that was read, before it is put together. */
export interface ResolveInput {
  readonly config: FileConfig | undefined
  readonly located: Located
  /** The configuration file, if there is one. */
  readonly file: string | undefined
  readonly overrides: Overrides
  /** After `--`. */
  readonly command: readonly string[]
  readonly autoload: readonly AutoloadedExtension[]
  readonly surroundings: Surroundings
}

export interface Resolved {
  readonly settings: Settings
  /** Of every effective value, by its path in the notation of the configuration file. */
  readonly provenance: ReadonlyMap<string, Source>
  readonly effective: ReadonlyMap<string, Effective>
  readonly interface: InterfacePreferences
  /** What is possible, but hardly meant. */
  readonly doubts: readonly Problem[]
}

/** Puts defaults, level, file, flagfile, environment and options together, each value with its source. */
export function resolveSettings(input: ResolveInput, problems: Problem[]): Resolved {
  const { overrides, surroundings } = input
  const ledger = createLedger()
  const root = rootSection(input.config, input.located)
  const folder = folderOf(input.file, surroundings.cwd)
  const context: ResolveContext = { root, shared: root.section('watchdog'), overrides, surroundings, ledger, problems, folder }

  const name = ledger.choose('name', nodeName, [overrides.name, root.get('name')], byDefault(defaultName(input, folder))).value
  const compat = ledger.choose(
    'compat',
    choice('none', 'osquery', 'orphand'),
    [overrides.compat, root.get('compat')],
    byDefault<Compat>('none')
  ).value
  const level = ledger.choose(
    'watchdog.level',
    levelKind,
    [overrides['watchdog-level'], context.shared.get('level')],
    byDefault<WatchdogLevel>('normal')
  )
  const intervalMs = ledger.choose('watchdog.interval', interval, [context.shared.get('interval')], byDefault(INTERVAL_MS)).value
  const log = resolveLog(context)
  const exitWithWorker = ledger.choose(
    'exitWithWorker',
    boolean,
    [overrides['exit-with-worker'], root.get('exitWithWorker')],
    byDefault(false)
  )
  const stateDir = resolveStateDir(context, name)
  const nodes = resolveNodes(context, { compat, level }, input.command, input.autoload, log.debug)
  const settings: Settings = {
    name,
    compat,
    level,
    intervalMs,
    dryRun: ledger.choose('dryRun', boolean, [overrides['dry-run'], root.get('dryRun')], byDefault(false)).value,
    sampler: ledger.choose(
      'sampler',
      choice('auto', 'procfs', 'portable'),
      [overrides.sampler, root.get('sampler')],
      byDefault<Settings['sampler']>('auto')
    ).value,
    ownMemoryLimit: ledger.choose('ownMemoryLimit', size, [root.get('ownMemoryLimit')], byDefault(ownMemoryLimit(compat, level.value))),
    hooks: resolveHooks(context),
    redact: resolveRedact(context),
    log,
    stateDir,
    onHangup: ledger.choose(
      'onHangup',
      choice('continue', 'stop'),
      [overrides['on-hangup'], root.get('onHangup')],
      byDefault<Settings['onHangup']>('continue')
    ).value,
    exitWithWorker: exitWithWorker.value,
    orphans: resolveOrphans(context, name, compat),
    control: resolveControl(context, name),
    metrics: resolveMetrics(context),
    processes: resolveProcesses(context),
    signals: resolveSignals(context),
    checks: resolveChecks(context, nodes),
    nodes
  }
  crossCheck(settings.nodes, exitWithWorker, ledger, problems)
  crossCheckLeave(settings.nodes, stateDir, ledger, problems)
  const preferences = resolveInterface(context)
  const provenance = new Map([...ledger.entries].map(([path, { source }]) => [path, source]))
  return { settings, interface: preferences, provenance, effective: ledger.entries, doubts: doubtsAbout(settings.nodes, ledger) }
}

/** The folder of the configuration, else the command, as far as that makes a name. */
function defaultName({ file, command }: ResolveInput, folder: string): string {
  const from = file === undefined ? basename(command[0] ?? '') : basename(folder)
  const name = from.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 64)
  return /[A-Za-z0-9]/.test(name) ? name : 'tsupervise'
}

function resolveLog(context: ResolveContext): Settings['log'] {
  const { root, overrides, ledger } = context
  const own = root.section('log')
  const named = overrides['log-file'] ?? own.get('file')
  const file: Sourced<string | undefined> | undefined = named && { value: resolvePath(context, named), source: named.source }
  return {
    format: ledger.choose<'text' | 'json' | undefined>(
      'log.format',
      { show: (value) => value ?? 'text on a terminal, else json' },
      [overrides['log-format'], own.get('format')],
      byDefault(undefined)
    ).value,
    file: ledger.choose<string | undefined>('log.file', { show: (value) => value ?? 'none' }, [file], byDefault(undefined)).value,
    debug: ledger.choose('log.debug', boolean, [overrides.debug, overrides['enable-watchdog-debug'], own.get('debug')], byDefault(false))
      .value
  }
}

function resolveStateDir(context: ResolveContext, name: string): string | undefined {
  const { root, overrides, ledger, surroundings } = context
  const named = overrides['state-dir'] ?? root.get('stateDir')
  const given: Sourced<string | undefined> | undefined = named && {
    value: named.value === 'none' ? undefined : resolvePath(context, named),
    source: named.source
  }
  const fallback = byDefault<string | undefined>(defaultStateDir(name, surroundings))
  return ledger.choose<string | undefined>('stateDir', { show: (value) => value ?? 'none' }, [given], fallback).value
}

function resolveHooks({ root, ledger }: ResolveContext): readonly Hook[] {
  const hooks = root.get('hooks')
  if (hooks === undefined) return []
  return hooks.value.map(({ on, command, timeout = 5000 }, index) => {
    ledger.note(`hooks.${index}`, `on ${on.join(', ')}: ${command.join(' ')} (${interval.show(timeout)})`, hooks.source)
    return { on, argv: command, timeoutMs: timeout }
  })
}

/** The common secrets are always hidden; options and file add to them. */
function resolveRedact({ root, overrides, ledger }: ResolveContext): readonly string[] {
  const own = overrides.redact ?? root.get('redact')
  ledger.note('redact', `common secrets${own === undefined ? '' : ` and ${own.value.join(' ')}`}`, own?.source ?? { kind: 'default' })
  return [...SECRET_PATTERNS, ...(own?.value ?? [])]
}

function resolveSignals({ root, ledger }: ResolveContext): Settings['signals'] {
  const signals: Partial<Record<NodeJS.Signals, NodeJS.Signals | 'ignore'>> = {}
  const own = root.section('signals')
  for (const [key, target] of Object.entries(root.get('signals')?.value ?? {})) {
    const name = readSignal(key)
    const source = own.get(key)?.source
    if (name === undefined || source === undefined) continue
    signals[name] = target
    ledger.note(`signals.${name}`, target, source)
  }
  return signals
}
