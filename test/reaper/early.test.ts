import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EarlySocket, listenEarly } from '../../src/core/reaper/early.ts'

let folder = ''
let listening: EarlySocket
let isClosed = false
const close = (): Promise<void> => {
  isClosed = true
  return listening.close()
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-early-'))
  const listened = await listenEarly({ address: join(folder, 'socket'), mode: 0o600 })
  if (!listened.ok) throw new Error(listened.error.message)
  listening = listened.value
  isClosed = false
})
afterEach(async () => {
  if (!isClosed) await close()
  rmSync(folder, { recursive: true, force: true })
})

async function client(): Promise<Socket> {
  const socket = connect(join(folder, 'socket'))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

const echo = (socket: Socket): void => void socket.on('data', (bytes: Buffer) => socket.end(bytes))

test('who connected, wrote and left before is served like those who come later', async () => {
  const [patient, hasty] = [await client(), await client()]
  patient.write('early')
  hasty.end('gone')
  const stop = listening.accept(echo)
  expect(String((await once(patient, 'data'))[0])).toBe('early')
  expect(String((await once(hasty, 'data'))[0])).toBe('gone')
  const late = await client()
  late.write('late')
  expect(String((await once(late, 'data'))[0])).toBe('late')
  stop()
})

test('one that went away meanwhile does no harm, and the socket can be closed without having served anybody', async () => {
  const [waiting, broken] = [await client(), await client()]
  broken.write('something')
  broken.destroy()
  const closed = once(waiting.resume(), 'close')
  await close()
  await closed
})
