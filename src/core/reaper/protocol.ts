import { endianness } from 'node:os'

/** Three uint32 in the host's byte order: parent, child, action; reaper: wire protocol. */
export const MESSAGE_BYTES = 12

const ACTIONS = { 1: 'register', 2: 'unregister', 3: 'ping' } as const

export type WireAction = (typeof ACTIONS)[keyof typeof ACTIONS]

export interface WireMessage {
  /** As they came: any 32 bits. */
  readonly parent: number
  readonly child: number
  readonly code: number
  /** undefined: an unknown code. */
  readonly action: WireAction | undefined
}

const little = endianness() === 'LE'

/** The 12 bytes of a message. */
export function encodeMessage(message: Pick<WireMessage, 'parent' | 'child' | 'code'>): Buffer {
  const bytes = Buffer.allocUnsafe(MESSAGE_BYTES)
  const words = [message.parent, message.child, message.code]
  for (const [index, word] of words.entries()) {
    if (little) bytes.writeUInt32LE(word >>> 0, index * 4)
    else bytes.writeUInt32BE(word >>> 0, index * 4)
  }
  return bytes
}

/** Cuts a stream of bytes into messages; holds what was fed and not taken yet, and nothing else. */
export interface Decoder {
  feed(chunk: Buffer): void
  /** The next whole message; undefined: more bytes are needed. */
  next(): WireMessage | undefined
  /** Bytes fed and not taken. */
  readonly waiting: number
}

export function createDecoder(): Decoder {
  let bytes: Buffer = Buffer.alloc(0)
  let at = 0

  const word = (offset: number): number => (little ? bytes.readUInt32LE(at + offset) : bytes.readUInt32BE(at + offset))

  return {
    feed(chunk) {
      bytes = at === bytes.length ? chunk : Buffer.concat([bytes.subarray(at), chunk])
      at = 0
    },
    next() {
      if (bytes.length - at < MESSAGE_BYTES) {
        // half a message is not to keep the whole chunk in memory that it came with
        if (at > 0) bytes = Buffer.from(bytes.subarray(at))
        at = 0
        return undefined
      }
      const code = word(8)
      const message = { parent: word(0), child: word(4), code, action: ACTIONS[code as keyof typeof ACTIONS] }
      at += MESSAGE_BYTES
      return message
    },
    get waiting() {
      return bytes.length - at
    }
  }
}
