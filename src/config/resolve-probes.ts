import type { HealthCheck, Probe, Readiness } from '../core/settings.ts'
import { byDefault, type FileSection } from './ledger.ts'
import type { ResolveContext } from './resolve-context.ts'
import type { NodeConfig } from './schema-node.ts'
import { command, httpUrl, statusRange, tcpAddress } from './special-values.ts'
import { duration } from './units.ts'
import { boolean, count, pattern, type ValueKind } from './values.ts'

type ReadyConfig = NonNullable<NodeConfig['ready']>
type HealthConfig = NonNullable<NodeConfig['health']>
/** What both have in common. */
type ProbeConfig = Pick<ReadyConfig, 'exec' | 'tcp' | 'http' | 'status'>

const GOOD_STATUS: readonly [number, number] = [200, 399]

export function resolveReadiness({ ledger }: ResolveContext, node: FileSection<NodeConfig>, path: string): Readiness {
  const ready = node.get('ready')
  const at = `${path}.ready`
  if (ready === undefined) {
    ledger.note(at, 'none', { kind: 'default' })
    return { kind: 'none' }
  }
  const own = node.section('ready')
  const timeoutMs = ledger.choose(`${at}.timeout`, duration, [own.get('timeout')], byDefault(30_000)).value
  const { line, notify } = ready.value
  if (line !== undefined) {
    ledger.note(`${at}.line`, pattern.show(line), own.get('line')?.source ?? ready.source)
    return { kind: 'line', pattern: line, timeoutMs }
  }
  if (notify !== undefined) {
    ledger.note(`${at}.notify`, boolean.show(notify), own.get('notify')?.source ?? ready.source)
    return { kind: 'notify', timeoutMs }
  }
  const probe = resolveProbe({ ledger }, own, at)
  if (probe === undefined) return { kind: 'none' }
  const intervalMs = ledger.choose(`${at}.interval`, duration, [own.get('interval')], byDefault(1000)).value
  return { kind: 'probe', probe, intervalMs, timeoutMs }
}

export function resolveHealth({ ledger }: ResolveContext, node: FileSection<NodeConfig>, path: string): HealthCheck | undefined {
  const at = `${path}.health`
  const own: FileSection<HealthConfig> = node.section('health')
  const probe = resolveProbe({ ledger }, own, at)
  if (probe === undefined) {
    ledger.note(at, 'none', { kind: 'default' })
    return undefined
  }
  return {
    probe,
    intervalMs: ledger.choose(`${at}.interval`, duration, [own.get('interval')], byDefault(10_000)).value,
    timeoutMs: ledger.choose(`${at}.timeout`, duration, [own.get('timeout')], byDefault(2000)).value,
    failures: ledger.choose(`${at}.failures`, count(1, 1000), [own.get('failures')], byDefault(3)).value,
    startPeriodMs: ledger.choose(`${at}.startPeriod`, duration, [own.get('startPeriod')], byDefault(5000)).value
  }
}

function resolveProbe({ ledger }: Pick<ResolveContext, 'ledger'>, own: FileSection<ProbeConfig>, at: string): Probe | undefined {
  const taken = <Key extends keyof ProbeConfig, T extends NonNullable<ProbeConfig[Key]>>(key: Key, kind: ValueKind<T>) => {
    const found = own.get(key)
    if (found !== undefined) ledger.note(`${at}.${key}`, kind.show(found.value as T), found.source)
    return found?.value
  }
  const argv = taken('exec', command)
  if (argv !== undefined) return { kind: 'exec', argv }
  const address = taken('tcp', tcpAddress)
  if (address !== undefined) return { kind: 'tcp', ...address }
  const url = taken('http', httpUrl)
  if (url === undefined) return undefined
  return { kind: 'http', url, expectStatus: ledger.choose(`${at}.status`, statusRange, [own.get('status')], byDefault(GOOD_STATUS)).value }
}
