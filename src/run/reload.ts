import { statSync } from 'node:fs'
import { namedPath } from '../config/file.ts'
import type { LoadedSettings } from '../config/load.ts'
import { effectiveSettings } from '../config/print.ts'
import { reloadDifference } from '../config/reload-difference.ts'
import type { CommandResult } from '../core/commands.ts'
import { failure, type Result, success, UserError } from '../core/errors.ts'
import type { ReloadDifference } from '../core/queries.ts'
import { createRedactor } from '../core/redact.ts'
import type { Settings } from '../core/settings.ts'
import type { ConfigurationSource, ReloadPorts, Reloads } from './reloads.ts'
import { saveLimits } from './save-limits.ts'

interface Prepared {
  readonly loaded: LoadedSettings
  readonly difference: ReloadDifference
}

/** Reads the configuration again, and makes the run what it says. An invalid one changes nothing and is told as a problem. */
export function createReloader(source: ConfigurationSource, ports: ReloadPorts): Reloads {
  const { emit, facts, apply } = ports
  let now = adapted(source.loaded, source)

  const prepare = async (): Promise<Result<Prepared>> => {
    const unreadable = now.file === undefined ? undefined : readAgain(now.file)
    if (unreadable !== undefined) return failure('invalid-configuration', unreadable)
    try {
      const read = await source.load(undefined)
      const { compat } = now.settings
      const loaded = adapted(read.settings.compat === compat ? read : await source.load(compat), source)
      const moved = movedFile(now, loaded)
      if (moved !== undefined) return failure('invalid-configuration', moved)
      const redact = createRedactor(loaded.settings.redact)
      const difference = reloadDifference({ before: now, after: loaded, factsOf: facts, redact })
      const ignored = read.settings.compat === compat ? difference.ignored : ['compat', ...difference.ignored]
      return success({ loaded, difference: { ...difference, ignored } })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return failure('invalid-configuration', error.message)
    }
  }

  const reload = async (by: string): Promise<CommandResult> => {
    if (ports.isShuttingDown()) return failure('shutting-down', 'the supervisor is shutting down')
    const prepared = await prepare()
    if (!prepared.ok) {
      const message = `the configuration is not valid, nothing was changed: ${prepared.error.message}`
      emit({ type: 'problem', failure: { ...prepared.error, message }, next: 'Mend what is named, and reload again.' })
      return prepared
    }
    const { loaded, difference } = prepared.value
    for (const warning of loaded.warnings.filter((one) => !now.warnings.includes(one))) {
      emit({ type: 'problem', failure: { code: 'configuration-warning', message: warning }, next: undefined })
    }
    const settings = { ...loaded.settings, ...fixedOf(now.settings, loaded.settings) }
    const actions = new Map(difference.changes.flatMap(({ node, action }) => (node === undefined ? [] : [[node, action] as const])))
    const { level, dryRun, intervalMs } = settings
    now = { ...loaded, settings }
    emit({ type: 'reloaded', by, difference, level: level.value, dryRun, intervalMs })
    apply(settings, { actions, by })
    return success(undefined)
  }

  return {
    async reload(by) {
      const ends = ports.begin()
      try {
        return await reload(by)
      } finally {
        for (const end of ends) end()
      }
    },
    async difference() {
      const prepared = await prepare()
      return prepared.ok ? success(prepared.value.difference) : prepared
    },
    configuration: async () => success(effectiveSettings(now, facts)),
    async saveLimits(node, by) {
      const saved = await saveLimits(now, node, facts(node)?.edits)
      if (!saved.ok) return saved
      now = saved.value
      apply(now.settings, { actions: new Map(), by })
      return success(undefined)
    }
  }
}

const adapted = (loaded: LoadedSettings, { adapt }: ConfigurationSource): LoadedSettings => ({
  ...loaded,
  settings: adapt(loaded.settings)
})

/** Why a file cannot be read a second time, or is only just being written; undefined: it can. */
function readAgain(file: string): string | undefined {
  const found = statSync(namedPath(file, process.cwd()), { throwIfNoEntry: false })
  if (found === undefined) return `${file} is not there any more`
  if (!found.isFile()) return `${file} is no regular file: what was read from it cannot be read again`
  return found.size === 0 ? `${file} is empty; to stop everything, shut down` : undefined
}

/** Nobody means to stop everything by moving a file for a moment, or to be configured by another one that has appeared. */
function movedFile(before: LoadedSettings, after: LoadedSettings): string | undefined {
  if (before.file === after.file || before.file === undefined) return undefined
  const now = after.file === undefined ? 'there is no other' : `${after.file} would be read instead`
  return `${before.file}, from which this run was started, is not the configuration file any more: ${now}`
}

/** What cannot change while the run lasts; the schema marks it `spawn-time`. */
function fixedOf(before: Settings, after: Settings): Partial<Settings> {
  const { name, compat, sampler, stateDir, metrics, processes, orphans, control } = before
  const { socket, socketMode, lockfile } = orphans
  return {
    ...{ name, compat, sampler, stateDir, metrics, processes },
    orphans: { ...after.orphans, socket, socketMode, lockfile },
    control: { ...control, groupMay: after.control.groupMay }
  }
}
