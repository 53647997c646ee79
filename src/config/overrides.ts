import type { Source, Sourced } from '../core/settings.ts'
import type { FlagLine } from './flagfile.ts'
import { describeFound } from './found.ts'
import { nearest } from './nearest.ts'
import { type GivenOptions, OPTION_NAMES, type OptionName, type OptionValue, optionFlag, optionVariable, specOf } from './options.ts'
import { type Problem, placeOf } from './problem.ts'

/** What options, environment and flagfile say, read and with the strongest of them for each option. */
export type Overrides = { readonly [Name in OptionName]?: Sourced<OptionValue<Name>> }

type Raw = string | boolean | readonly string[]

/** Precedence: flagfile < environment < option. What cannot be read goes to the problems. */
export function readOverrides(given: GivenOptions, env: NodeJS.ProcessEnv, flags: readonly FlagLine[], problems: Problem[]): Overrides {
  const overrides: Partial<Record<OptionName, Sourced<unknown>>> = {}
  const take = (name: OptionName, raw: Raw, source: Source): void => {
    const value = readOption(name, raw)
    if (value !== undefined) {
      overrides[name] = { value, source }
      return
    }
    const place = placeOf(source)
    const subject = source.kind === 'flagfile' ? `${source.flag}: ` : ''
    if (place !== undefined)
      problems.push({ place, message: `${subject}found ${describeFound(raw)}, expected ${specOf(name).kind.expected}` })
  }
  for (const { name, flag, value, file, line } of flags) take(name, value, { kind: 'flagfile', file, line, flag })
  for (const name of OPTION_NAMES) {
    const variable = optionVariable(name)
    const text = variable === undefined ? undefined : env[variable]
    if (variable !== undefined && text !== undefined && text !== '')
      take(name, fromEnvironment(name, text), { kind: 'environment', variable })
    const raw = given[name]
    if (raw !== undefined) take(name, raw, { kind: 'option', option: optionFlag(name) })
  }
  return overrides as Overrides
}

function readOption(name: OptionName, raw: Raw): unknown {
  const { kind } = specOf(name)
  if (typeof raw === 'string' || typeof raw === 'boolean') return kind.read(raw)
  const values = raw.map((item) => kind.read(item))
  return values.includes(undefined) ? undefined : values
}

/** TSUPERVISE_NO_UI=true is ui=false; several values stand on lines of their own. */
function fromEnvironment(name: OptionName, text: string): Raw {
  const { repeatable, negative, kind } = specOf(name)
  if (repeatable) return text.split('\n').filter((line) => line !== '')
  const value = negative ? kind.read(text) : undefined
  return typeof value === 'boolean' ? !value : text
}

/** Variables that look like a misspelt one of ours. */
export function misspeltVariables(env: NodeJS.ProcessEnv): readonly string[] {
  const known = OPTION_NAMES.flatMap((name) => optionVariable(name) ?? [])
  return Object.keys(env)
    .filter((name) => name.startsWith('TSUPERVISE_') && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(
        name.slice('TSUPERVISE_'.length),
        known.map((variable) => variable.slice('TSUPERVISE_'.length))
      )
      return meant === undefined ? [] : [`the environment variable ${name.slice(0, 64)} is ignored; did you mean TSUPERVISE_${meant}?`]
    })
}
