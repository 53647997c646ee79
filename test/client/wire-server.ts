import { connect, createServer, type Socket } from 'node:net'
import { endianness } from 'node:os'
import { waitUntil } from '../helpers/wait-until.ts'

/** Three numbers of orphand's wire protocol, which is written here from its description and not from our code. */
export interface WireMessage {
  readonly parent: number
  readonly child: number
  readonly action: number
}

export interface WireServer {
  /** Everything that came, pings too, in the order of its arrival. */
  readonly messages: WireMessage[]
  /** Waits until every connection that was made before this call has been read to its end. */
  settle(): Promise<void>
  close(): Promise<void>
}

const SETTLE = 0xffff_fffe

const word = (bytes: Buffer, offset: number): number => (endianness() === 'LE' ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset))

/**
 * Collects messages and echoes pings, as `answer` puts them on the wire: whole and at once unless told.
 * `path`: a file, or an abstract name as the kernel has it, with a NUL before it.
 */
export async function startWireServer(
  path: string,
  answer: (socket: Socket, echo: Buffer) => void = (socket, echo) => socket.write(echo)
): Promise<WireServer> {
  const messages: WireMessage[] = []
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    let rest = Buffer.alloc(0)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes])
      for (; rest.length >= 12; rest = rest.subarray(12)) {
        const message = { parent: word(rest, 0), child: word(rest, 4), action: word(rest, 8) }
        if (message.child !== SETTLE) messages.push(message)
        if (message.action === 3) answer(socket, Buffer.from(rest.subarray(0, 12)))
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, backlog: 4096 }, resolve)
  })
  return {
    messages,
    async settle() {
      // connections are accepted in the order in which they were made: when this one is answered, all earlier ones were
      const probe = connect({ path })
      await new Promise((resolve) => {
        probe.once('data', resolve)
        probe.write(Buffer.from(Uint32Array.of(process.pid, SETTLE, 3).buffer))
      })
      probe.destroy()
      await waitUntil(
        () => open.size === 0,
        () => `the end of ${open.size} connections`
      )
    },
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
