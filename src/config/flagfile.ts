import { nearest } from './nearest.ts'
import { OPTION_NAMES, type OptionName, specOf } from './options.ts'

/** One flag that was understood; its value is not read yet. */
export interface FlagLine {
  readonly name: OptionName
  /** As it stands in the file: `--watchdog_level`. */
  readonly flag: string
  readonly value: string
  readonly file: string
  readonly line: number
}

export interface Flagfile {
  readonly flags: readonly FlagLine[]
  readonly warnings: readonly string[]
}

const OSQUERY: ReadonlyMap<string, OptionName> = new Map(
  OPTION_NAMES.filter((name) => specOf(name).osquery === true).map((name) => [name.replaceAll('-', '_'), name])
)

/**
 * An osquery flagfile: one `--flag=value` (or `--flag`, `--noflag`) a line, `#` comments.
 * Of its many flags those of the watchdog and the extensions are taken; the others are named in one warning.
 * When a flag stands twice, the later line counts, as with gflags.
 */
export function parseFlagfile(source: string, file: string): Flagfile {
  const flags: FlagLine[] = []
  const warnings: string[] = []
  const ignored: string[] = []
  for (const [index, raw] of source.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1
    const text = raw.trim()
    if (text === '' || text.startsWith('#')) continue
    const match = /^--?([A-Za-z][\w-]*)(?:\s*=\s*(.*))?$/s.exec(text)
    if (match === null) {
      warnings.push(`${file}:${line}: ignored, since it is no --flag=value`)
      continue
    }
    const [, word = '', value] = match
    const known = knownFlag(word.replaceAll('-', '_'))
    if (known === undefined) ignored.push(word)
    else flags.push({ name: known.name, flag: `--${word}`, value: value ?? known.value, file, line })
  }
  return { flags, warnings: [...warnings.slice(0, 5), ...warnAbout(ignored, file)] }
}

function knownFlag(flag: string): { name: OptionName; value: string } | undefined {
  const name = OSQUERY.get(flag)
  if (name !== undefined) return { name, value: specOf(name).value === undefined ? 'true' : '' }
  const opposite = flag.startsWith('no') ? OSQUERY.get(flag.slice(2).replace(/^_/, '')) : undefined
  return opposite !== undefined && specOf(opposite).value === undefined ? { name: opposite, value: 'false' } : undefined
}

function warnAbout(ignored: readonly string[], file: string): string[] {
  if (ignored.length === 0) return []
  const near = ignored.flatMap((flag) => {
    const meant = nearest(flag.replaceAll('-', '_'), [...OSQUERY.keys()])
    return meant === undefined ? [] : [`${file}: the flag --${flag} is ignored; did you mean --${meant}?`]
  })
  const shown = ignored.slice(0, 5).join(', ') + (ignored.length > 5 ? `, and ${ignored.length - 5} more` : '')
  return [`${file}: ${ignored.length} flags are not about the watchdog or extensions and are ignored (${shown})`, ...near.slice(0, 5)]
}
