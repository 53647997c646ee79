import type { Source, Sourced } from '../core/settings.ts'
import type { Located } from './document.ts'
import type { ValueKind } from './values.ts'

/** An effective value as a person would write it, and where it came from. */
export interface Effective {
  readonly shown: string
  readonly source: Source
}

/** Keeps what was chosen for each setting, by its dotted path in the notation of the configuration file. */
export interface Ledger {
  /** The first candidate there is, in order of precedence, else the fallback. */
  choose<T>(
    path: string,
    kind: Pick<ValueKind<T>, 'show'>,
    candidates: readonly (Sourced<T> | undefined)[],
    fallback: Sourced<T>
  ): Sourced<T>
  note(path: string, shown: string, source: Source): void
  readonly entries: ReadonlyMap<string, Effective>
}

export function createLedger(): Ledger {
  const entries = new Map<string, Effective>()
  const note = (path: string, shown: string, source: Source): void => {
    entries.set(path, { shown, source })
  }
  return {
    entries,
    note,
    choose: (path, kind, candidates, fallback) => {
      const chosen = candidates.find((candidate) => candidate !== undefined) ?? fallback
      note(path, kind.show(chosen.value), chosen.source)
      return chosen
    }
  }
}

export const byDefault = <T>(value: T): Sourced<T> => ({ value, source: { kind: 'default' } })

/** A part of the configuration file that knows where it stands. */
export interface FileSection<T> {
  readonly path: readonly string[]
  readonly get: <Key extends keyof T & string>(key: Key) => Sourced<NonNullable<T[Key]>> | undefined
  readonly section: <Key extends keyof T & string>(key: Key) => FileSection<NonNullable<T[Key]>>
}

/** `file` is how the file is named in sources. */
export function fileSection<T>(value: T | undefined, located: Located, path: readonly string[] = []): FileSection<T> {
  return {
    path,
    get: (key) => {
      const found = value?.[key]
      if (found === undefined || found === null) return undefined
      const { name, line = 1, column = 1 } = located.place([...path, key], 'value')
      return { value: found, source: { kind: 'file', file: name, line, column } }
    },
    section: (key) => fileSection(value?.[key] ?? undefined, located, [...path, key])
  }
}
