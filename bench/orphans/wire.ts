import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeMessage, MESSAGE_BYTES } from '../../src/core/reaper/protocol.ts'

export const REGISTER = 1
export const UNREGISTER = 2
export const PING = 3

const NOBODY = 0xffff_ffff

export interface Message {
  readonly parent: number
  readonly child: number
  readonly code: number
}

/** One connection to the reaper. */
export class Wire {
  readonly #socket: Socket
  #unread = 0
  #waiting: (() => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#unread += bytes.length
      this.#waiting?.()
    })
  }

  static async open(address: string): Promise<Wire> {
    const socket = connect(address)
    await once(socket, 'connect')
    return new Wire(socket)
  }

  /** Sends all of it and a ping; ms until the last echo, by when all of it is handled and in the journal. */
  async send(messages: readonly Message[]): Promise<number> {
    const bytes = Buffer.concat([...messages.map(encodeMessage), encodeMessage({ parent: 1, child: NOBODY, code: PING })])
    const echoes = (messages.filter(({ code }) => code === PING).length + 1) * MESSAGE_BYTES
    const at = performance.now()
    this.#unread = 0
    this.#socket.write(bytes)
    while (this.#unread < echoes) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
    return performance.now() - at
  }

  close(): void {
    this.#socket.destroy()
  }
}
