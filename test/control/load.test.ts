import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { LedgerEntry } from '../../src/core/receipt.ts'
import { fixture, RunningCommand } from '../helpers/command.ts'
import { ask, StreamReader } from '../helpers/control.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { keep } from './serving.ts'

const RATE = 2000
const SECONDS = 5
const READERS = 10
const INTERVAL_MS = 500

const readers: StreamReader[] = []
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close()
})

const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024

it(`${RATE} events a second to ${READERS} readers, of which one is stalled: it is dropped and told, the others miss nothing, no check is late, memory is bounded`, {
  timeout: 90_000
}, async () => {
  const command = keep(new RunningCommand())
  const socket = join(command.folder, 'c.sock')
  const configuration = { name: 'flood', watchdog: { interval: `${INTERVAL_MS}ms` }, worker: { command: ['sleep', '1000'] } }
  const file = command.file('tsupervise.json', JSON.stringify(configuration))
  command.launch(['--no-ui', '--config', file, '--control-socket', socket], {
    program: fixture('flooding-run.ts'),
    env: { EVENTS_A_SECOND: String(RATE) }
  })
  await command.until(() => command.lines.includes('flooding'), 'the flood')
  const before = residentBytes(command.pid)

  for (let index = 0; index < READERS; index++) readers.push(new StreamReader(socket, '/v1/events/stream'))
  const [stalled, ...others] = readers
  if (stalled === undefined) throw new Error('no readers')
  await stalled.until(() => stalled.of('snapshot').length === 1, 'the snapshot')
  stalled.pause()
  const from = others.map((reader) => reader.messages.length)
  const startedAt = performance.now()
  await waitUntil(() => performance.now() - startedAt > SECONDS * 1000, 'the time to pass', (SECONDS + 5) * 1000)

  const { json } = await ask(socket, '/v1/nodes/worker')
  for (const [index, reader] of others.entries()) {
    const seqs = reader.messages.map(({ id }) => Number(id?.split(':')[1]))
    expect(seqs.every((seq, at) => at === 0 || seq === (seqs[at - 1] ?? 0) + 1)).toBe(true)
    expect(reader.messages.length - (from[index] ?? 0)).toBeGreaterThan(RATE * SECONDS * 0.8)
    expect(reader.of('dropped')).toEqual([])
  }
  const late = (json['ledger'] as LedgerEntry[]).map(({ intervalMs }) => intervalMs - INTERVAL_MS)
  expect(late.length).toBeGreaterThan((SECONDS * 1000) / INTERVAL_MS / 2)
  expect(Math.max(...late.slice(1))).toBeLessThan(INTERVAL_MS / 2)
  expect(residentBytes(command.pid) - before).toBeLessThan(150 * 2 ** 20)

  // 4 MiB behind is too far
  const bytesASecond = (others[0]?.bytes ?? 0) / SECONDS
  await waitUntil(() => performance.now() - startedAt > (6 * 2 ** 20 * 1000) / bytesASecond, 'the stalled one to be too far behind', 60_000)
  stalled.resume()
  await stalled.until(() => stalled.ended, 'the end of its stream')
  expect(stalled.messages.at(-1)?.event).toBe('dropped')
  expect(JSON.parse(stalled.messages.at(-1)?.data ?? '{}')).toMatchObject({ reason: 'too-slow' })
})
