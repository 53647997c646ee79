import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { readPlace } from '../../src/core/control/event-feed.ts'
import { findRoute } from '../../src/core/control/find-route.ts'
import { RefusedError } from '../../src/core/control/refusal.ts'
import { commandSchema, querySchema } from '../../src/core/control/requests.ts'
import { validate } from '../../src/core/control/validate.ts'
import { ask } from '../helpers/control.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { runs, serve } from './serving.ts'

const sleeper = { extensions: { sleeper: { command: ['sleep', '1000'] } } }
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** A raw connection, and what came back on it. */
function raw(path: string): { socket: Socket; answer: () => string; closed: () => boolean } {
  const socket = connect(path)
  sockets.push(socket)
  let text = ''
  let closed = false
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    closed = true
  })
  return { socket, answer: () => text, closed: () => closed }
}

describe('whatever is sent', () => {
  it('is answered or cut off, and the supervisor goes on', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    const attempts = [
      'GARBAGE\r\n\r\n',
      '\0\0\0\0\0',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /v1 HTTP/1.1\r\n\r\n',
      'POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
      'POST /v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef',
      'POST /v1/commands HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      `POST /v1/commands HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${'1000\r\n'.concat('x'.repeat(4096), '\r\n').repeat(20)}`
    ]
    for (const text of attempts) {
      const connection = raw(socket)
      connection.socket.write(text, 'latin1')
      await waitUntil(() => connection.answer() !== '' || connection.closed(), `an answer to ${JSON.stringify(text.slice(0, 40))}`)
      expect(connection.answer().slice(0, 12)).toMatch(/^(HTTP\/1\.1 4\d\d)?$/)
    }
    expect((await ask(socket, '/v1')).status).toBe(200)
  })

  it('half a request does not hold a place for ever', { timeout: 40_000 }, async () => {
    const { socket } = await serve(sleeper)
    const slow = raw(socket)
    slow.socket.write('GET /v1 HTTP/1.1\r\nhost: x\r\nx-slow: ')
    await waitUntil(
      () => slow.answer().startsWith('HTTP/1.1 408'),
      () => `a refusal, not ${slow.answer()}`,
      20_000
    )
    expect(slow.answer()).toContain('too-slow')
  })

  it('a crowd of connections is bounded, and room comes back', async () => {
    const { socket } = await serve(sleeper)
    const crowd = Array.from({ length: 400 }, () => raw(socket))
    await waitUntil(() => crowd.filter(({ closed }) => closed()).length >= 400 - 256, 'the rest turned away')
    for (const { socket: one } of crowd) one.destroy()
    await waitUntil(
      () =>
        ask(socket, '/v1').then(
          ({ status }) => status === 200,
          () => false
        ),
      'an answer again'
    )
  })
})

describe('requests as data', () => {
  const routes = [{ method: 'GET', path: '/v1/nodes/{name}' }] as unknown as Parameters<typeof findRoute>[0]

  it('any target has a route or a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webPath(),
          fc.string().map((text) => `/v1/nodes/${text}`)
        ),
        (target) => {
          try {
            expect(findRoute(routes, 'GET', target).path['name']).toMatch(/^[A-Za-z0-9._-]{1,64}$/)
          } catch (error) {
            expect(error).toBeInstanceOf(RefusedError)
          }
        }
      )
    )
  })

  it('any JSON is valid or refused with a sentence that is not long', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(commandSchema, querySchema),
        fc.oneof(
          fc.jsonValue(),
          fc.record({ type: fc.constantFrom('stop', 'signal', 'register'), node: fc.jsonValue(), target: fc.jsonValue() })
        ),
        (schema, value) => {
          try {
            validate(schema, value, 'the body')
          } catch (error) {
            expect(error).toBeInstanceOf(RefusedError)
            expect((error as RefusedError).message.length).toBeLessThan(2000)
          }
        }
      )
    )
  })

  it('any id of an event is read or not', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const place = readPlace(text)
        if (place !== undefined) expect(`${place.run}:${place.seq}`).toBe(text.replace(/:0+(?=\d)/, ':'))
      })
    )
    expect(readPlace('0a1b:77')).toEqual({ run: '0a1b', seq: 77 })
  })
})
