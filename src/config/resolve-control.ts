import { join } from 'node:path'
import type { ControlSettings, ControlSocket, ListenAddress, MetricsSettings, Sourced } from '../core/settings.ts'
import { runtimeFolder } from './find.ts'
import { byDefault } from './ledger.ts'
import { type ResolveContext, resolvePath } from './resolve-context.ts'
import { listenAddress } from './special-values-control.ts'
import { choice } from './values.ts'

const shownOrNone = { show: (value: string | undefined) => value ?? 'none' }
const shownSocket = { show: (socket: ControlSocket) => ('path' in socket ? socket.path : 'none') }

export function resolveControl(context: ResolveContext, name: string): ControlSettings {
  const { root, overrides, ledger } = context
  const own = root.section('control')
  const named = overrides['control-socket'] ?? own.get('socket')
  const given: Sourced<ControlSocket> | undefined = named && { value: socketOf(context, named), source: named.source }
  return {
    socket: ledger.choose('control.socket', shownSocket, [given], byDefault(defaultSocket(context, name))).value,
    group: ledger.choose<string | undefined>('control.group', shownOrNone, [own.get('group')], byDefault(undefined)).value,
    groupMay: ledger.choose(
      'control.groupMay',
      choice('read', 'all'),
      [own.get('groupMay')],
      byDefault<ControlSettings['groupMay']>('read')
    ).value
  }
}

const socketOf = (context: ResolveContext, named: Sourced<string>): ControlSocket =>
  named.value === 'none' ? { kind: 'none' } : { kind: 'explicit', path: resolvePath(context, named) }

function defaultSocket({ surroundings }: ResolveContext, name: string): ControlSocket {
  const folder = runtimeFolder(surroundings)
  if (folder === undefined) return { kind: 'no-folder', detail: 'XDG_RUNTIME_DIR is not set, so there is no folder for it' }
  return { kind: 'default', path: join(folder, `${name}.sock`) }
}

export function resolveMetrics(context: ResolveContext): MetricsSettings {
  const { root, overrides, ledger } = context
  const own = root.section('metrics')
  const shownAddress = { show: (value: ListenAddress | undefined) => (value === undefined ? 'none' : listenAddress.show(value)) }
  const named = overrides['metrics-textfile'] ?? own.get('textfile')
  const textfile: Sourced<string | undefined> | undefined = named && {
    value: named.value === 'none' ? undefined : resolvePath(context, named),
    source: named.source
  }
  return {
    listen: ledger.choose<ListenAddress | undefined>(
      'metrics.listen',
      shownAddress,
      [overrides['metrics-listen'], own.get('listen')],
      byDefault(undefined)
    ).value,
    textfile: ledger.choose<string | undefined>('metrics.textfile', shownOrNone, [textfile], byDefault(undefined)).value
  }
}
