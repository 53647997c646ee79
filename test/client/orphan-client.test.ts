import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OrphanClient, OrphanClientError } from '../../src/client/orphan-client.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { startWireServer } from './wire-server.ts'

let folder = ''
let path = ''
const toClose: (() => unknown)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orphan-client-'))
  path = join(folder, 'socket')
})
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
  rmSync(folder, { recursive: true, force: true })
})

async function serve(answer?: (socket: Socket, echo: Buffer) => void, where = path) {
  const server = await startWireServer(where, answer)
  toClose.push(() => server.close())
  return server
}

async function connect(where = path, timeoutMs?: number) {
  const client = await OrphanClient.connect(where, timeoutMs === undefined ? {} : { timeoutMs })
  toClose.push(() => client.close())
  return client
}

/** A listener that does with a connection what `take` does, and nothing else. */
async function listen(take: (socket: Socket) => void): Promise<Server> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    take(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  toClose.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return server
}

/** What the promise or the call fails with; a call that works fails the test. */
async function errorOf(call: () => unknown): Promise<OrphanClientError> {
  try {
    await call()
  } catch (error) {
    if (error instanceof OrphanClientError) return error
    throw error
  }
  throw new Error('it did not fail')
}

const codeOf = async (call: () => unknown): Promise<string> => (await errorOf(call)).code

describe('the client of the wire protocol', () => {
  it.each([
    ['a path', () => path, () => path],
    ['an abstract name', () => `@orphan-client-${folder}`, () => `\0orphan-client-${folder}`]
  ])('registers, unregisters and pings on %s', async (_kind, address, kernelAddress) => {
    const server = await serve(undefined, kernelAddress())
    const client = await connect(address())
    client.register(11, 22)
    client.unregister(11, 22)
    client.register(2_147_483_647, 1)
    await client.ping()
    expect(server.messages).toEqual([
      { parent: 11, child: 22, action: 1 },
      { parent: 11, child: 22, action: 2 },
      { parent: 2_147_483_647, child: 1, action: 1 },
      { parent: process.pid, child: 0xffff_ffff, action: 3 }
    ])
  })

  it('a ping is a barrier, however messages are mixed and echoes are cut', async () => {
    const pid = fc.integer({ min: 1, max: 2_147_483_647 })
    const call = fc.oneof(
      { weight: 5, arbitrary: fc.tuple(fc.constantFrom('register' as const, 'unregister' as const), pid, pid) },
      { weight: 1, arbitrary: fc.constant(undefined) }
    )
    let pieces: readonly number[] = []
    const server = await serve((socket, echo) => {
      let at = 0
      for (const piece of pieces) {
        socket.write(echo.subarray(at, at + piece))
        at += piece
      }
      socket.write(echo.subarray(at))
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
        async (calls, cut) => {
          pieces = cut
          server.messages.length = 0
          const client = await OrphanClient.connect(path)
          const sent: unknown[] = []
          const pings: Promise<void>[] = []
          for (const given of calls) {
            if (given === undefined) {
              const earlier = [...sent]
              pings.push(client.ping().then(() => expect(server.messages.slice(0, earlier.length)).toEqual(earlier)))
              sent.push({ parent: process.pid, child: 0xffff_ffff, action: 3 })
              continue
            }
            const [verb, parent, child] = given
            client[verb](parent, child)
            sent.push({ parent, child, action: verb === 'register' ? 1 : 2 })
          }
          await Promise.all(pings)
          await client.ping()
          expect(server.messages.slice(0, -1)).toEqual(sent)
          await client.close()
        }
      ),
      { numRuns: 50 }
    )
  })

  it('tens of thousands of registrations in one turn arrive, in their order', async () => {
    const server = await serve()
    const client = await connect()
    for (let child = 1; child <= 50_000; child++) client.register(7, child)
    await client.ping()
    expect(server.messages).toHaveLength(50_001)
    expect(server.messages.every(({ child }, index) => child === index + 1 || index === 50_000)).toBe(true)
  })

  it('what was not pinged is sent before the connection is closed', async () => {
    const server = await serve()
    const client = await OrphanClient.connect(path)
    for (let child = 1; child <= 1000; child++) client.register(7, child)
    await client.close()
    await client.close()
    await server.settle()
    expect(server.messages).toHaveLength(1000)
  })
})

describe('errors have names', () => {
  it('nobody listens, or it is no address', async () => {
    expect(await codeOf(() => OrphanClient.connect(path))).toBe('ENOENT')
    expect(await codeOf(() => OrphanClient.connect(`@nobody-${folder}`))).toBe('ECONNREFUSED')
    for (const address of ['', 'a\0b', 'x'.repeat(108), `@${'x'.repeat(108)}`]) {
      expect([address.length, await codeOf(() => OrphanClient.connect(address))]).toEqual([address.length, 'bad-address'])
    }
    expect((await errorOf(() => OrphanClient.connect(path))).message).toContain(path)
  })

  it('the longest addresses are addresses', async () => {
    const name = `${folder}-${'x'.repeat(106 - folder.length)}`
    await serve(undefined, `\0${name}`)
    await (await connect(`@${name}`)).ping()
    const long = join(folder, 'x'.repeat(106 - folder.length))
    expect(Buffer.byteLength(long)).toBe(107)
    await serve(undefined, long)
    expect(statSync(long).isSocket()).toBe(true)
    await (await connect(long)).ping()
  })

  it('what is no pid is refused before it is sent', async () => {
    const server = await serve()
    const client = await connect()
    for (const wrong of [0, -1, 1.5, Number.NaN, 2 ** 31, 2 ** 32 + 5]) {
      expect(await codeOf(() => client.register(wrong, 5))).toBe('bad-pid')
      expect(await codeOf(() => client.unregister(5, wrong))).toBe('bad-pid')
    }
    await client.ping()
    expect(server.messages).toHaveLength(1)
  })

  it('a server that ends the connection fails pings, and every later call', async () => {
    await listen((socket) => socket.once('data', () => socket.end()))
    const client = await connect()
    expect(await codeOf(() => client.ping())).toBe('closed')
    expect(await codeOf(() => client.ping())).toBe('closed')
    expect(await codeOf(() => client.register(1, 2))).toBe('closed')
  })

  it('a server that answers something else is named', async () => {
    await listen((socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')))
    const client = await connect()
    const pings = await Promise.all([client.ping(), client.ping()].map((ping) => codeOf(() => ping)))
    expect(pings).toEqual(['protocol', 'protocol'])
    expect(await codeOf(() => client.register(1, 2))).toBe('protocol')
  })

  it('a server that answers before it was asked is named', async () => {
    await listen((socket) => socket.write(Buffer.alloc(12)))
    const client = await connect()
    await waitUntil(async () => (await codeOf(() => client.ping())) === 'protocol', 'the end of the connection')
  })

  it('a server that never answers: a timeout, and an echo that is late is not taken for that of a later ping', async () => {
    const held: (() => void)[] = []
    await serve((socket, echo) => held.push(() => socket.write(echo)))
    const client = await connect(path, 250)
    expect(await codeOf(() => client.ping())).toBe('timeout')
    const second = codeOf(() => client.ping())
    await waitUntil(() => held.length === 2, 'the second ping')
    held[0]?.()
    expect(await second).toBe('timeout')
    held[1]?.()
    const third = client.ping()
    await waitUntil(() => held.length === 3, 'the third ping')
    held[2]?.()
    await third
  })

  it('a server that never reads: what waits is bounded, and close comes to an end', async () => {
    await listen((socket) => socket.pause())
    const client = await connect(path, 100)
    const fill = async (): Promise<void> => {
      for (;;) {
        for (let count = 0; count < 1000; count++) client.register(1, 2)
        await new Promise(setImmediate)
      }
    }
    expect(await codeOf(fill)).toBe('backlog')
    expect(await codeOf(() => client.ping())).toBe('backlog')
    await client.close()
    expect(await codeOf(() => client.register(1, 2))).toBe('closed')
  })

  it('close fails the pings that still wait', async () => {
    await listen((socket) => socket.resume())
    const client = await connect()
    const ping = codeOf(() => client.ping())
    await client.close()
    expect(await ping).toBe('closed')
  })
})
