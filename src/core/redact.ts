import { createContext, Script } from 'node:vm'
import { REDACTED, type Redact } from './output/redact.ts'

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
/** What one pattern of the user may take for one text, ms of CPU. */
const MAX_PATTERN_CPU_MS = 20
/**
 * How long it is waited for, ms, one attempt after the other: a busy machine gives the processor to others meanwhile, which says nothing
 * about the pattern.
 */
const ATTEMPTS_MS = [25, 100, 400, 1600]

const OURS: ReadonlySet<string> = new Set(SECRET_PATTERNS)

/**
 * Replaces every match of the patterns (JavaScript regular expressions, flags g and i) by `[redacted]`; throws SyntaxError for a bad one.
 * Texts are cut to MAX_REDACTED_LENGTH. A pattern of the user that takes more CPU than MAX_PATTERN_CPU_MS hides the whole text.
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

/** A redactor whose patterns can be changed. */
export interface ChangeableRedactor {
  readonly redact: Redact
  change(patterns: readonly string[]): void
}

export function createChangeableRedactor(patterns: readonly string[]): ChangeableRedactor {
  let current = createRedactor(patterns)
  let generation = 1
  const redact = Object.defineProperty((text: string) => current(text), 'generation', { get: () => generation })
  return {
    redact,
    change(next) {
      current = createRedactor(next)
      generation += 1
    }
  }
}

/** A regular expression can take exponential time; only the script timeout of node:vm interrupts one. */
function guarded(expression: RegExp): (text: string) => string {
  const scope = { text: '', expression, replacement: REDACTED }
  const context = createContext(scope)
  const script = new Script('text.replace(expression, replacement)')
  const attempt = (timeout: number): string | undefined => {
    try {
      return String(script.runInContext(context, { timeout }))
    } catch (error) {
      if (!isTimeout(error)) throw error
      return undefined
    }
  }
  return (text) => {
    scope.text = text
    for (const timeout of ATTEMPTS_MS) {
      const before = cpuMs()
      const shown = attempt(timeout)
      if (shown !== undefined) return shown
      if (cpuMs() - before >= MAX_PATTERN_CPU_MS) return REDACTED
    }
    return REDACTED
  }
}

/** CPU time so far: of this thread, before Node 23.9 of the process. */
function cpuMs(): number {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage)()
  return (user + system) / 1000
}

/** The error belongs to the realm of the script, so that it is no instance of our Error. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
