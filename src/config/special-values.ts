import { constants } from 'node:os'
import type { SignalName, WatchdogLevel } from '../core/settings.ts'
import { text, type ValueKind } from './values.ts'

export const NAME_PATTERN = /^[A-Za-z0-9._-]{1,64}$/

/** Name of a run, a node or an extension. */
export const nodeName: ValueKind<string> = {
  expected: 'a name of 1 to 64 letters, digits, dots, underscores or hyphens',
  read: (found) => (typeof found === 'string' && NAME_PATTERN.test(found) ? found : undefined),
  show: (value) => value,
  json: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' }
}

const LEVELS: ReadonlyMap<string, WatchdogLevel> = new Map(
  Object.entries({
    normal: 'normal',
    restrictive: 'restrictive',
    disabled: 'disabled',
    '0': 'normal',
    '1': 'restrictive',
    '-1': 'disabled'
  })
)

/** Watchdog level by name or by osquery's number. */
export const level: ValueKind<WatchdogLevel> = {
  expected: 'one of normal (0), restrictive (1), disabled (-1)',
  read: (found) => (typeof found === 'string' || typeof found === 'number' ? LEVELS.get(String(found).toLowerCase()) : undefined),
  show: (value) => value,
  json: { enum: ['normal', 'restrictive', 'disabled', 0, 1, -1] }
}

export const SIGNAL_NAMES = Object.keys(constants.signals) as SignalName[]
const KNOWN_SIGNALS: ReadonlySet<string> = new Set(SIGNAL_NAMES)

/** SIGTERM, TERM or sigterm. */
export function readSignal(found: unknown): SignalName | undefined {
  if (typeof found !== 'string' || found.length > 16) return undefined
  const upper = found.toUpperCase()
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`
  return KNOWN_SIGNALS.has(name) ? (name as SignalName) : undefined
}

const isStopSignal = (name: SignalName | undefined): boolean => name !== undefined && name !== 'SIGSTOP' && name !== 'SIGCONT'

/** The signal that asks a node to end. */
export const stopSignal: ValueKind<SignalName> = {
  expected: 'a signal that can end a process, such as SIGTERM',
  read: (found) => {
    const name = readSignal(found)
    return isStopSignal(name) ? name : undefined
  },
  show: (value) => value,
  json: { type: 'string', examples: ['SIGTERM', 'SIGINT', 'SIGQUIT'] }
}

/** The signal before a limit stop; watchdog: warnSignal. */
export const warnSignal: ValueKind<SignalName | 'auto' | 'none'> = {
  expected: 'auto, none or a signal such as SIGUSR1',
  read: (found) => {
    if (found === 'auto' || found === 'none') return found
    const name = readSignal(found)
    return isStopSignal(name) ? name : undefined
  },
  show: (value) => value,
  json: { type: 'string', examples: ['auto', 'none', 'SIGUSR1'] }
}

/** What a forwarded signal becomes. */
export const signalTarget: ValueKind<SignalName | 'ignore'> = {
  expected: 'a signal such as SIGHUP, or ignore',
  read: (found) => (found === 'ignore' ? found : readSignal(found)),
  show: (value) => value,
  json: { type: 'string', examples: ['SIGHUP', 'ignore'] }
}

/** umask(2), octal; a YAML number would have lost its base, so it must be text. */
export const umask: ValueKind<number> = {
  expected: 'an octal mask in quotes, such as "027"',
  read: (found) =>
    typeof found === 'string' && /^(?:0o?)?[0-7]{1,3}$/.test(found) ? Number.parseInt(found.replace(/^0o/, ''), 8) : undefined,
  show: (value) => `"${value.toString(8).padStart(3, '0')}"`,
  json: { type: 'string', pattern: '^(0o?)?[0-7]{1,3}$' }
}

/** host:port; the host may be left out (127.0.0.1), an IPv6 address stands in brackets. */
export const tcpAddress: ValueKind<{ readonly host: string; readonly port: number }> = {
  expected: 'host:port, such as 127.0.0.1:80 or [::1]:80',
  read: (found) => {
    const match = typeof found === 'string' && found.length <= 300 ? /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]*)):(\d{1,5})$/.exec(found) : null
    if (match === null) return portAlone(found)
    const port = Number(match[3])
    return port >= 1 && port <= 65_535 ? { host: match[1] ?? (match[2] || '127.0.0.1'), port } : undefined
  },
  show: (value) => (value.host.includes(':') ? `[${value.host}]:${value.port}` : `${value.host}:${value.port}`),
  json: { type: ['string', 'integer'], examples: ['127.0.0.1:80'] }
}

function portAlone(found: unknown): { host: string; port: number } | undefined {
  const port = typeof found === 'string' && /^\d{1,5}$/.test(found) ? Number(found) : found
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? { host: '127.0.0.1', port } : undefined
}

export const httpUrl: ValueKind<string> = {
  expected: 'an http:// or https:// address',
  read: (found) => {
    if (typeof found !== 'string' || found.length > 2000 || !URL.canParse(found)) return undefined
    const { protocol } = new URL(found)
    return protocol === 'http:' || protocol === 'https:' ? found : undefined
  },
  show: (value) => value,
  json: { type: 'string', format: 'uri', pattern: '^https?://' }
}

/** 200, or 200-399. */
export const statusRange: ValueKind<readonly [number, number]> = {
  expected: 'an HTTP status such as 200, or a range such as 200-399',
  read: (found) => {
    const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(typeof found === 'number' ? String(found) : typeof found === 'string' ? found : '')
    if (match === null) return undefined
    const low = Number(match[1])
    const high = Number(match[2] ?? match[1])
    return low <= high ? [low, high] : undefined
  },
  show: ([low, high]) => (low === high ? String(low) : `${low}-${high}`),
  json: { type: ['string', 'integer'], examples: [200, '200-399'] }
}

/** A list is run as it is; a string goes to the shell. */
export const command: ValueKind<readonly string[]> = {
  expected: 'a command: a list such as [node, server.js], or a shell string',
  read: (found) => {
    if (Array.isArray(found)) return readArguments(found)
    const line = text.read(found)
    return line === undefined || line.trim() === '' ? undefined : ['/bin/sh', '-c', line]
  },
  show: (argv) => JSON.stringify(argv),
  json: {
    oneOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', minItems: 1, items: { type: ['string', 'number', 'boolean'] } }
    ]
  }
}

function readArguments(found: readonly unknown[]): readonly string[] | undefined {
  const program = found[0]
  if (typeof program !== 'string' || program === '') return undefined
  return found.every((item) => typeof item === 'string' && !item.includes('\0')) ? (found as string[]) : undefined
}
