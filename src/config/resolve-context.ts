import { dirname, resolve } from 'node:path'
import type { Compat, Source, Sourced, WatchdogLevel } from '../core/settings.ts'
import type { Located } from './document.ts'
import type { Surroundings } from './find.ts'
import { type FileSection, fileSection, type Ledger } from './ledger.ts'
import type { Overrides } from './overrides.ts'
import { type Problem, placeOf } from './problem.ts'
import type { FileConfig } from './schema.ts'

export type WatchdogConfig = NonNullable<FileConfig['watchdog']>

/** What every part of the resolution looks at. */
export interface ResolveContext {
  readonly root: FileSection<FileConfig>
  readonly shared: FileSection<WatchdogConfig>
  readonly overrides: Overrides
  readonly surroundings: Surroundings
  readonly ledger: Ledger
  readonly problems: Problem[]
  /** Folder that relative paths of the file count from; the current one without a file. */
  readonly folder: string
}

export interface Policy {
  readonly compat: Compat
  readonly level: Sourced<WatchdogLevel>
}

export const rootSection = (config: FileConfig | undefined, located: Located): FileSection<FileConfig> => fileSection(config, located)

export const folderOf = (file: string | undefined, cwd: string): string => (file === undefined ? cwd : dirname(resolve(cwd, file)))

/** A path counts from where it was written: the configuration file, else the current folder. */
export const resolvePath = (context: ResolveContext, { value, source }: Sourced<string>): string =>
  resolve(source.kind === 'file' ? context.folder : context.surroundings.cwd, value)

/** Something wrong with a value whose parts are fine; `otherwise` names the place when nobody wrote the value. */
export function reportAt(context: Pick<ResolveContext, 'problems'>, source: Source, message: string, otherwise = 'configuration'): void {
  context.problems.push({ place: placeOf(source) ?? { name: otherwise }, message })
}
