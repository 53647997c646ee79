import { join } from 'node:path'
import type { Compat, OrphanSettings, SignalName, Sourced } from '../core/settings.ts'
import { runtimeFolder } from './find.ts'
import { byDefault } from './ledger.ts'
import { type ResolveContext, reportAt, resolvePath } from './resolve-context.ts'
import { orphanSignal, socketMode } from './special-values-orphans.ts'
import { duration, interval } from './units.ts'
import { boolean, choice, count } from './values.ts'

const GRACE_MS = 5000
/** orphand's own, too. */
const INTERVAL_MS = 2000

const shownOrNone = { show: (value: string | undefined) => value ?? 'none' }

/** The orphan reaper's settings. Without a socket it is loaded when a command registers something. */
export function resolveOrphans(context: ResolveContext, name: string, compat: Compat): OrphanSettings {
  const { root, overrides, ledger } = context
  const own = root.section('orphans')
  const reference = compat === 'orphand'
  const choose = ledger.choose
  const mode = choose('orphans.socketMode', socketMode, [overrides['orphan-socket-mode'], own.get('socketMode')], byDefault(0o600))
  const signal = byDefault<SignalName>(reference ? 'SIGINT' : 'SIGTERM')
  const scope = byDefault<OrphanSettings['scope']>(reference ? 'child' : 'tree')
  const debugLevel = choose('orphans.debugLevel', count(1, 4), [overrides['orphan-debug'], own.get('debugLevel')], byDefault(3)).value
  return {
    socket: resolveSocket(context, name),
    socketMode: mode.value,
    signal: choose('orphans.signal', orphanSignal, [overrides['orphan-signal'], own.get('signal')], signal).value,
    graceMs: choose('orphans.grace', duration, [overrides['orphan-grace'], own.get('grace')], byDefault(GRACE_MS)).value,
    scope: choose('orphans.scope', choice('child', 'tree'), [overrides['orphan-scope'], own.get('scope')], scope).value,
    intervalMs: choose('orphans.interval', interval, [overrides['orphan-interval'], own.get('interval')], byDefault(INTERVAL_MS)).value,
    lockfile: resolveLockfile(context),
    compareStartTimes: choose('orphans.procfs', boolean, [overrides.procfs, own.get('procfs')], byDefault(true)).value,
    debugLevel: debugLevel as OrphanSettings['debugLevel']
  }
}

function resolveSocket(context: ResolveContext, name: string): string | undefined {
  const { root, overrides, ledger } = context
  const named = overrides['orphan-socket'] ?? root.section('orphans').get('socket')
  const given = named && { value: addressOf(context, named, name), source: named.source }
  return ledger.choose<string | undefined>('orphans.socket', shownOrNone, [given], byDefault(undefined)).value
}

function addressOf(context: ResolveContext, named: Sourced<string>, name: string): string | undefined {
  if (named.value === 'none') return undefined
  if (named.value.startsWith('@')) return named.value
  if (named.value !== 'auto') return resolvePath(context, named)
  const folder = runtimeFolder(context.surroundings)
  if (folder === undefined)
    reportAt(context, named.source, 'there is no runtime folder for auto (XDG_RUNTIME_DIR is not set); expected a path')
  return folder && join(folder, name, 'orphan.sock')
}

function resolveLockfile(context: ResolveContext): string | undefined {
  const { root, overrides, ledger } = context
  const named = overrides['orphan-lockfile'] ?? root.section('orphans').get('lockfile')
  const given = named && { value: resolvePath(context, named), source: named.source }
  return ledger.choose<string | undefined>('orphans.lockfile', shownOrNone, [given], byDefault(undefined)).value
}
