import { constants } from 'node:os'
import type { OrphanSettings, SignalName } from '../core/settings.ts'
import { stopSignal } from './special-values.ts'
import { numberIn, text, type ValueKind } from './values.ts'

/** Where orphans are registered. */
export const socketAddress: ValueKind<string> = {
  expected: 'a path, an abstract name such as @orphans, auto or none',
  read: (found) => (found === '@' ? undefined : text.read(found)),
  show: (value) => value,
  json: { type: 'string', minLength: 1, examples: ['auto', '/tmp/orphand.sock', '@orphans'] }
}

const MODES: ReadonlyMap<string, OrphanSettings['socketMode']> = new Map([
  ['600', 0o600],
  ['660', 0o660],
  ['666', 0o666]
])

/** Octal; in YAML it must be text, a number would have lost its base. */
export const socketMode: ValueKind<OrphanSettings['socketMode']> = {
  expected: '"0600", "0660" or "0666", in quotes',
  read: (found) => (typeof found === 'string' && found.length <= 5 ? MODES.get(found.replace(/^0o?/, '')) : undefined),
  show: (value) => `"0${value.toString(8)}"`,
  json: { enum: ['0600', '0660', '0666'] }
}

/** By name, or by number as orphand takes it. */
export const orphanSignal: ValueKind<SignalName> = {
  ...stopSignal,
  expected: 'a signal that can end a process, such as SIGTERM or 15',
  read: (found) => stopSignal.read(signalByNumber(found) ?? found),
  json: { type: ['string', 'integer'], examples: ['SIGTERM', 'SIGINT', 15] }
}

function signalByNumber(found: unknown): string | undefined {
  const number = numberIn(found)
  return number === undefined ? undefined : Object.entries(constants.signals).find(([, own]) => own === number)?.[0]
}
