import { numberIn } from '../core/units.ts'

export { numberIn } from '../core/units.ts'

/** What a setting may be: how it is read from text or YAML, how it is shown, how an editor is told. */
export interface ValueKind<T> {
  /** Completes "expected ...". */
  readonly expected: string
  /** The value in the units of core/settings.ts; undefined: not such a value. */
  readonly read: (found: unknown) => T | undefined
  /** As a person would write it in the configuration; `read(show(value))` is the value again. */
  readonly show: (value: T) => string
  /** JSON schema of what may be written. */
  readonly json: Readonly<Record<string, unknown>>
}

export const text: ValueKind<string> = {
  expected: 'text',
  read: (found) => (typeof found === 'string' && found !== '' && !found.includes('\0') ? found : undefined),
  show: (value) => value,
  json: { type: 'string', minLength: 1 }
}

/** Text that a plain YAML number or boolean may stand for, as it was written. */
export const word: ValueKind<string> = { ...text, json: { type: ['string', 'number', 'boolean'] } }

export const boolean: ValueKind<boolean> = {
  expected: 'true or false',
  read: (found) => (typeof found === 'boolean' ? found : undefined),
  show: (value) => String(value),
  json: { type: 'boolean' }
}

const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    true: true,
    t: true,
    yes: true,
    y: true,
    on: true,
    '1': true,
    false: false,
    f: false,
    no: false,
    n: false,
    off: false,
    '0': false
  })
)

/** A boolean on the command line, in the environment or in a flagfile, where everything is text. */
export const switchWord: ValueKind<boolean> = {
  expected: 'true or false',
  read: (found) => (typeof found === 'boolean' ? found : typeof found === 'string' ? SWITCH_WORDS.get(found.toLowerCase()) : undefined),
  show: (value) => String(value),
  json: { type: 'boolean' }
}

/** One of some words, in any case. */
export function choice<const T extends string>(...words: readonly T[]): ValueKind<T> {
  return {
    expected: words.length === 2 ? words.join(' or ') : `one of ${words.join(', ')}`,
    read: (found) => (typeof found === 'string' ? words.find((name) => name.toLowerCase() === found.toLowerCase()) : undefined),
    show: (value) => value,
    json: { type: 'string', enum: words }
  }
}

/** A whole number within bounds, both included. */
export function count(min: number, max: number, what = 'a whole number'): ValueKind<number> {
  return {
    expected: `${what} from ${min} to ${max}`,
    read: (found) => {
      const value = numberIn(found)
      return value !== undefined && Number.isInteger(value) && value >= min && value <= max ? value : undefined
    },
    show: (value) => String(value),
    json: { type: 'integer', minimum: min, maximum: max }
  }
}

/** A share from 0 to 1. */
export const share: ValueKind<number> = {
  expected: 'a share from 0 to 1, such as 0.1',
  read: (found) => within(numberIn(found), 0, 1),
  show: (value) => String(value),
  json: { type: 'number', minimum: 0, maximum: 1 }
}

/** A JavaScript regular expression. */
export const pattern: ValueKind<string> = {
  expected: 'a regular expression of at most 1000 characters',
  read: (found) => (typeof found === 'string' && found !== '' && found.length <= 1000 && compiles(found) ? found : undefined),
  show: (value) => value,
  json: { type: 'string', minLength: 1, maxLength: 1000, format: 'regex' }
}

function compiles(source: string): boolean {
  try {
    new RegExp(source, 'gi')
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

const within = (value: number | undefined, min: number, max: number): number | undefined =>
  value !== undefined && value >= min && value <= max ? value : undefined
