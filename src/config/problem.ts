import { UserError } from '../core/errors.ts'
import type { Source } from '../core/settings.ts'

/** Where in what the user wrote something is wrong. */
export interface Place {
  /** File as the user named it, `--option`, or an environment variable. */
  readonly name: string
  /** From 1; undefined: the whole of it. */
  readonly line?: number | undefined
  readonly column?: number | undefined
}

export interface Problem {
  readonly place: Place
  readonly message: string
}

/** More than this is not read by anyone. */
export const MAX_PROBLEMS = 20

/** Where a value that turned out wrong had been set; undefined for what nobody wrote. */
export function placeOf(source: Source): Place | undefined {
  switch (source.kind) {
    case 'file':
      return { name: source.file, line: source.line, column: source.column }
    case 'flagfile':
      return { name: source.file, line: source.line }
    case 'environment':
      return { name: source.variable }
    case 'option':
      return { name: source.option }
    case 'default':
    case 'level':
    case 'hot-edit':
      return undefined
  }
}

/** `tsupervise.yaml:7:3: unknown key 'memmory'`. */
export function showProblem({ place, message }: Problem): string {
  const position = [place.name, place.line, place.column].filter((part) => part !== undefined).join(':')
  return `${position}: ${message}`
}

const byPlace = (a: Problem, b: Problem): number =>
  a.place.name.localeCompare(b.place.name) || (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0)

/** All problems at once, at most MAX_PROBLEMS of them, by position. */
export function problemsError(problems: readonly Problem[]): UserError {
  const lines = [...problems].sort(byPlace).map(showProblem)
  const shown = [...new Set(lines)]
  const left = shown.length - MAX_PROBLEMS
  const rest = left > 0 ? [`... and ${left} more`] : []
  return new UserError([...shown.slice(0, MAX_PROBLEMS), ...rest].join('\n'), {
    next: 'Mend what is named and run `tsupervise config check`; `tsupervise config schema` lists every setting.'
  })
}
