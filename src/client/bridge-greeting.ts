import type { ControlFailure } from './control/failure.ts'

/**
 * The first line each way through a bridge, before the bytes of the control socket:
 *
 *     attach -> bridge   tsupervise-bridge 1            versions that it speaks, the best first
 *     bridge -> attach   tsupervise-bridge 1 ok         the version that is spoken from here on
 *     bridge -> attach   tsupervise-bridge 1 error {"code": ..., "message": ..., "next": ...}
 *
 * What the login shell of the far side prints before it is skipped.
 */
export const BRIDGE_VERSION = 1

const TAG = 'tsupervise-bridge'
/** A greeting, and what a login shell may print before it, bytes. */
export const MAX_GREETING_BYTES = 64 * 1024
const NEWLINE = 0x0a

export const hello = (): string => `${TAG} ${BRIDGE_VERSION}\n`
export const accepted = (): string => `${TAG} ${BRIDGE_VERSION} ok\n`
export const declined = ({ code, message, next }: Omit<ControlFailure, 'kind'>): string =>
  `${TAG} ${BRIDGE_VERSION} error ${JSON.stringify({ code, message, next })}\n`

/** What has been understood of the bytes so far; `rest` follows the greeting. */
export type Greeting =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'ok'; readonly rest: Buffer }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly next: string | undefined }

const tooLong: Greeting = { kind: 'error', code: 'no-greeting', message: 'no greeting of a tsupervise came', next: undefined }

/** Reads the answer of a bridge; pure. */
export function readAnswer(bytes: Buffer): Greeting {
  let from = 0
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
    const line = bytes.toString('utf8', from, end).replace(/\r$/, '')
    from = end + 1
    const [, version, verdict, detail = ''] = /^tsupervise-bridge (\d{1,4}) (ok|error)(?: (.*))?$/.exec(line) ?? []
    if (version === undefined) continue
    if (verdict === 'error') return { kind: 'error', ...failureIn(detail) }
    if (Number(version) !== BRIDGE_VERSION) return otherVersion(version)
    return { kind: 'ok', rest: bytes.subarray(from) }
  }
  return bytes.length > MAX_GREETING_BYTES ? tooLong : { kind: 'incomplete' }
}

/** Reads what a client says first; pure. */
export function readHello(bytes: Buffer): Greeting {
  const end = bytes.indexOf(NEWLINE)
  if (end === -1) return bytes.length > MAX_GREETING_BYTES ? tooLong : { kind: 'incomplete' }
  const [tag, ...versions] = bytes.toString('utf8', 0, end).trimEnd().split(' ')
  if (tag !== TAG) return tooLong
  if (!versions.map(Number).includes(BRIDGE_VERSION)) return otherVersion(versions.join(', ').slice(0, 64))
  return { kind: 'ok', rest: bytes.subarray(end + 1) }
}

const otherVersion = (found: string): Greeting => ({
  kind: 'error',
  code: 'other-version',
  message: `the other side speaks version ${found} of the bridge, expected version ${BRIDGE_VERSION}`,
  next: 'Use a tsupervise of the same version on both sides.'
})

function failureIn(json: string): Pick<ControlFailure, 'code' | 'message'> & { readonly next: string | undefined } {
  let told: unknown
  try {
    told = JSON.parse(json)
  } catch {
    told = undefined
  }
  const text = (key: string): string | undefined => {
    const value = typeof told === 'object' && told !== null ? (told as Readonly<Record<string, unknown>>)[key] : undefined
    return typeof value === 'string' ? value.slice(0, 1024) : undefined
  }
  return { code: text('code') ?? 'unknown', message: text('message') ?? 'the far side refused', next: text('next') }
}
