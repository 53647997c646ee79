import { createRedactor, SECRET_PATTERNS } from '../core/redact.ts'

const hideSecrets = createRedactor(SECRET_PATTERNS)
const MAX_SHOWN = 60

/** What was found, for a message: short, on one line, without secrets and control characters. */
export function describeFound(found: unknown): string {
  if (found === undefined || found === null) return 'nothing'
  if (typeof found === 'string') return found === '' ? 'empty text' : quote(found)
  if (typeof found === 'number' || typeof found === 'boolean') return String(found)
  if (Array.isArray(found)) return found.length === 0 ? 'an empty list' : 'a list'
  return 'a map'
}

/** The same for values that must not be shown, such as those of environment variables. */
export function describeKind(found: unknown): string {
  if (typeof found === 'string') return found === '' ? 'empty text' : 'text'
  if (typeof found === 'number') return 'a number'
  return typeof found === 'boolean' ? 'true or false' : describeFound(found)
}

export function quote(found: string): string {
  const shown = hideSecrets(found.slice(0, 500))
  const cut = shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown
  return JSON.stringify(cut.toWellFormed()).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escapeCharacter)
}

const escapeCharacter = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
