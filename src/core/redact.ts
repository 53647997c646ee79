import { createContext, Script } from 'node:vm'
import { REDACTED } from './output/redact.ts'

const SECRET_NAME =
  '(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|auth[_-]?token|credentials?)'
/** One value of an option: quoted, or up to the next blank. */
const VALUE = `(?:"[^"]*"|'[^']*'|[^\\s"'&;]+)`

/**
 * Common secrets in command lines; every match is replaced as a whole.
 * Each pattern takes time linear in the text but for the short bounded look-behinds.
 */
export const SECRET_PATTERNS: readonly string[] = [
  // password=x, DB_PASSWORD: x, --api-key=x, ?token=x
  `(?<=${SECRET_NAME}["']?[=:] ?)${VALUE}`,
  // --password x, -token x
  `(?<=(?<=^|\\s)--?[a-z0-9_-]{0,40}${SECRET_NAME} )(?!-)${VALUE}`,
  // https://user:password@host
  '(?<=\\b[a-z][a-z0-9+.-]{0,20}:\\/\\/[^\\s:@\\/]{0,64}:)[^\\s@\\/]+(?=@)',
  // curl -u user:password
  '(?<=(?<=^|\\s)(?:-u|--user)[ =][^\\s:]{1,64}:)\\S+',
  '(?<=\\b(?:bearer|basic) )[a-z0-9._~+\\/=-]{6,}',
  '\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b',
  '\\bgh[pousr]_[0-9a-z]{20,}',
  '\\bgithub_pat_\\w{20,}',
  '\\bxox[abprs]-[0-9a-z-]{10,}',
  '\\bsk-[0-9a-z_-]{20,}',
  '\\beyJ[\\w-]{8,}\\.[\\w-]{8,}\\.[\\w-]*',
  '-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?'
]

/** Longer texts are cut: command lines are shown, not kept. */
export const MAX_REDACTED_LENGTH = 4096
/** What one pattern of the user may take for one text. */
const MAX_PATTERN_MS = 100

const OURS: ReadonlySet<string> = new Set(SECRET_PATTERNS)

/**
 * Replaces every match of the patterns (JavaScript regular expressions, flags g and i) by `[redacted]`; throws SyntaxError for a bad one.
 * Texts are cut to MAX_REDACTED_LENGTH. A pattern of the user that takes longer than MAX_PATTERN_MS hides the whole text.
 * Made for whole command lines, arguments joined by blanks. Costs about 0.1 ms for each pattern of the user.
 */
export function createRedactor(patterns: readonly string[]): (text: string) => string {
  const steps = patterns.map((source) => {
    const expression = new RegExp(source, 'gi')
    return OURS.has(source) ? (text: string) => text.replace(expression, REDACTED) : guarded(expression)
  })
  return (text) => {
    const bounded = text.length > MAX_REDACTED_LENGTH ? `${text.slice(0, MAX_REDACTED_LENGTH)}…` : text
    return steps.reduce((shown, step) => step(shown), bounded)
  }
}

/** A regular expression can take exponential time; only the script timeout of node:vm interrupts one. */
function guarded(expression: RegExp): (text: string) => string {
  const scope = { text: '', expression, replacement: REDACTED }
  const context = createContext(scope)
  const script = new Script('text.replace(expression, replacement)')
  return (text) => {
    scope.text = text
    try {
      return String(script.runInContext(context, { timeout: MAX_PATTERN_MS }))
    } catch (error) {
      if (!isTimeout(error)) throw error
      return REDACTED
    }
  }
}

/** The error belongs to the realm of the script, so that it is no instance of our Error. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
