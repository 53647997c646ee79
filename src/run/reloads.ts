import type { LoadedSettings } from '../config/load.ts'
import type { CommandResult } from '../core/commands.ts'
import { failure, type Result } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import type { EffectiveSetting, ReloadDifference } from '../core/queries.ts'
import type { Compat, Settings } from '../core/settings.ts'
import type { Supervisor } from '../core/supervisor.ts'

/** Where the settings of a run come from, and come from again. */
export interface ConfigurationSource {
  /** As it was read at the start. */
  readonly loaded: LoadedSettings
  /** Reads it again; throws UserError. `compat`: whatever is configured by then. */
  load(compat: Compat | undefined): Promise<LoadedSettings>
  /** What the run adds to the settings of its nodes. */
  readonly adapt: (settings: Settings) => Settings
}

/** What a reload may do to a run. */
export interface ReloadPorts {
  readonly emit: Emit
  readonly facts: Supervisor['reloadFacts']
  readonly isShuttingDown: () => boolean
  /** Tells who wants to know; what it gives tells them the end. */
  readonly begin: () => readonly (() => void)[]
  readonly apply: (settings: Settings, what: Parameters<Supervisor['reconfigure']>[1]) => void
}

/** What can be done with the configuration of a run; one thing at a time, in the order in which it was asked for. */
export interface Reloads {
  reload(by: string): Promise<CommandResult>
  saveLimits(node: string, by: string): Promise<CommandResult>
  difference(): Promise<Result<ReloadDifference>>
  configuration(): Promise<Result<readonly EffectiveSetting[]>>
}

/** Its code is loaded when it is first asked for. `source` undefined: the settings came from nowhere. */
export function createReloads(source: ConfigurationSource | undefined, ports: ReloadPorts): Reloads {
  let last: Promise<unknown> = Promise.resolve()
  let made: Promise<Reloads> | undefined

  const inTurn = async <T>(act: (reloads: Reloads) => Promise<Result<T>>): Promise<Result<T>> => {
    if (source === undefined) return failure('unsupported', 'this run was not started from a configuration')
    made ??= import('./reload.ts').then(({ createReloader }) => createReloader(source, ports))
    const reloads = await made
    const before = last
    const mine = before.then(() => act(reloads))
    last = mine.catch(() => undefined)
    return await mine
  }

  return {
    reload: (by) => inTurn((reloads) => reloads.reload(by)),
    saveLimits: (node, by) => inTurn((reloads) => reloads.saveLimits(node, by)),
    difference: () => inTurn((reloads) => reloads.difference()),
    configuration: () => inTurn((reloads) => reloads.configuration())
  }
}
