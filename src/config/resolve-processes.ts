import type { ProcessSettings } from '../core/settings.ts'
import { byDefault } from './ledger.ts'
import type { ResolveContext } from './resolve-context.ts'
import { CACHE_SIZES, processEvents } from './special-values-processes.ts'
import { boolean } from './values.ts'

/** Process cache: default capacity. */
const CACHE_SIZE = 65_536

/** What is remembered and recorded of processes. */
export function resolveProcesses({ root, overrides, ledger }: ResolveContext): ProcessSettings {
  const own = root.section('processes')
  const events = byDefault<ProcessSettings['events']>('managed')
  return {
    events: ledger.choose('processes.events', processEvents, [overrides['process-events'], own.get('events')], events).value,
    cacheSize: ledger.choose(
      'processes.cacheSize',
      CACHE_SIZES,
      [overrides['process-cache-size'], own.get('cacheSize')],
      byDefault(CACHE_SIZE)
    ).value,
    kubernetes: ledger.choose('processes.kubernetes', boolean, [overrides.kubernetes, own.get('kubernetes')], byDefault(false)).value
  }
}
