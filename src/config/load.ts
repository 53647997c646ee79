import { UserError } from '../core/errors.ts'
import type { Settings, Source } from '../core/settings.ts'
import type { ParsedArguments } from './arguments.ts'
import { type AutoloadedExtension, parseAutoload } from './autoload.ts'
import type { Located } from './document.ts'
import { namedPath, readNamedFile, readTrustedFile } from './file.ts'
import { findConfigFile, type Surroundings } from './find.ts'
import { type Flagfile, parseFlagfile } from './flagfile.ts'
import type { Effective } from './ledger.ts'
import { misspeltVariables, type Overrides, readOverrides } from './overrides.ts'
import { type Problem, placeOf, problemsError, showProblem } from './problem.ts'
import { resolveSettings } from './resolve.ts'
import type { InterfacePreferences } from './resolve-ui.ts'
import type { FileConfig } from './schema.ts'

/** A command line that needs the configuration. */
export type ConfiguredArguments = Extract<ParsedArguments, { readonly kind: 'run' | 'config' }>

/** What only the terminal session needs, from options and environment. */
export interface SessionPreferences {
  /** false: `--no-ui`. */
  readonly ui: boolean
  /** false: `--no-color`; NO_COLOR and TERM are for whoever draws. */
  readonly color: boolean
  readonly ascii: boolean
  readonly detach: boolean
  /** From the configuration too. */
  readonly interface: InterfacePreferences
}

export interface LoadedSettings {
  readonly settings: Settings
  readonly provenance: ReadonlyMap<string, Source>
  /** By path in the notation of the configuration file: the value as text (never of an environment variable) and its source. */
  readonly effective: ReadonlyMap<string, Effective>
  readonly preferences: SessionPreferences
  /** The configuration file that was read. */
  readonly file: string | undefined
  /** Sentences for a person; nothing that keeps the run from starting. */
  readonly warnings: readonly string[]
}

/**
 * From arguments, environment and current folder to settings. Reads the configuration file (named, or found and safely owned),
 * the flagfile and the autoload file. Throws one UserError (exit code 2) with everything that is wrong, each with file, line and column.
 */
export async function loadSettings(parsed: ConfiguredArguments, surroundings: Surroundings): Promise<LoadedSettings> {
  const problems: Problem[] = []
  const fromOutside = readOverrides(parsed.given, surroundings.env, [], problems)
  const flagfile = readFlagfile(fromOutside, surroundings.cwd)
  const overrides = readOverrides(parsed.given, surroundings.env, flagfile.flags, problems)
  const file = chooseFile(overrides, surroundings)
  const { config, located, warnings } = await readConfig(file, surroundings, problems)
  const autoload = readAutoload(overrides, config, surroundings.cwd, problems)
  if (problems.length > 0) throw problemsError(problems)

  const resolved = resolveSettings(
    { config, located, file: file?.path, overrides, command: parsed.command, autoload, surroundings },
    problems
  )
  if (problems.length > 0) throw problemsError(problems)
  const { doubts, interface: preferences, ...loaded } = resolved
  return {
    ...loaded,
    preferences: {
      ui: overrides.ui?.value ?? true,
      color: overrides.color?.value ?? true,
      ascii: overrides.ascii?.value ?? false,
      detach: overrides.detach?.value ?? false,
      interface: preferences
    },
    file: file?.path,
    warnings: [...warnings, ...flagfile.warnings, ...misspeltVariables(surroundings.env), ...doubts.map(showProblem)]
  }
}

interface ChosenFile {
  /** As the user named it, or absolute when it was found. */
  readonly path: string
  readonly trusted: 'named' | 'found'
}

function chooseFile({ config }: Overrides, surroundings: Surroundings): ChosenFile | undefined {
  if (config?.value === 'none') return undefined
  if (config !== undefined) return { path: config.value, trusted: 'named' }
  const found = findConfigFile(surroundings)
  return found === undefined ? undefined : { path: found, trusted: 'found' }
}

interface ReadConfig {
  readonly config: FileConfig | undefined
  readonly located: Located
  readonly warnings: readonly string[]
}

async function readConfig(file: ChosenFile | undefined, surroundings: Surroundings, problems: Problem[]): Promise<ReadConfig> {
  if (file === undefined) return { config: undefined, located: { value: {}, place: () => ({ name: 'configuration' }) }, warnings: [] }
  const what = 'a configuration file'
  const path = namedPath(file.path, surroundings.cwd)
  const source = file.trusted === 'named' ? readNamedFile(path, what) : readTrustedFile(path, what, surroundings)
  const { readConfigText } = await import('./config-text.ts')
  const read = readConfigText(source, file.path, problems)
  return { ...read, warnings: source.trim() === '' ? [`${file.path} is empty: nothing is configured`] : [] }
}

function readFlagfile({ flagfile }: Overrides, cwd: string): Flagfile {
  if (flagfile === undefined) return { flags: [], warnings: [] }
  return parseFlagfile(readNamedFile(namedPath(flagfile.value, cwd), 'a flagfile'), flagfile.value)
}

function readAutoload(
  overrides: Overrides,
  config: FileConfig | undefined,
  cwd: string,
  problems: Problem[]
): readonly AutoloadedExtension[] {
  const named = overrides['extensions-autoload']
  if (named === undefined) return []
  const taken = new Set([
    config?.worker?.name ?? 'worker',
    ...Object.keys(config?.extensions ?? {}),
    ...(overrides.extension?.value.map(({ name }) => name) ?? [])
  ])
  const path = namedPath(named.value, cwd)
  try {
    return parseAutoload(readNamedFile(path, 'a list of extensions'), path, taken, problems)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    problems.push({ place: placeOf(named.source) ?? { name: named.value }, message: error.message })
    return []
  }
}
