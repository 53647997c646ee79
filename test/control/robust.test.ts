import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fixture, RunningCommand } from '../helpers/command.ts'
import { ask, StreamReader, command as send } from '../helpers/control.ts'
import { isAlive } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { keep, runs, serve, sharedFolder } from './serving.ts'

const sleeper = { extensions: { sleeper: { command: ['sleep', '1000'] } }, watchdog: { interval: '200ms' } }
const readers: StreamReader[] = []
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close()
})
const isRoot = process.geteuid?.() === 0
const mount = 'mount -t tmpfs -o size=256k,mode=700 none "$0" && exec "$@"'
const canMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0

describe('a bad command with unlimited retries', () => {
  it('fails 1,000 times while the control socket answers within 100 ms', { timeout: 150_000 }, async () => {
    const bad = { command: ['/nowhere/program'], respawn: { limit: 100_000, delay: 0, maxDelay: '0s', jitter: 0 } }
    const { socket } = await serve({ extensions: { bad } })
    const took: number[] = []
    await waitUntil(
      async () => {
        const at = performance.now()
        const { json } = await ask(socket, '/v1/nodes/bad')
        took.push(performance.now() - at)
        return Number(json['incarnation']) >= 1000
      },
      () => `1,000 starts; answers took ${took.slice(-5).join(', ')} ms`,
      120_000
    )
    const sorted = took.toSorted((a, b) => a - b)
    // the very last ones belong to the machine, which is busy with tests
    expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(100)
    expect((await send(socket, { type: 'stop', node: 'bad' }, '?wait=20')).status).toBe(202)
    const { json } = await ask(socket, '/v1/nodes/bad')
    expect(json['phase']).toMatchObject({ phase: 'stopped', by: 'command' })
  })
})

describe('a full disk', () => {
  it.skipIf(!canMount)('is told over the socket, and supervision goes on (needs root for a small file system)', async () => {
    const command = keep(new RunningCommand())
    mkdirSync(command.stateFolder)
    const socket = join(sharedFolder(), 'c.sock')
    const configuration = {
      name: 'full',
      worker: { command: [fixture('run-then-fail.sh'), '0.02'], respawn: { limit: 1000, maxDelay: '0s' } }
    }
    const file = command.file('tsupervise.json', JSON.stringify(configuration))
    const words = ['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket]
    command.launch(words, { wrapper: ['unshare', '--mount', 'sh', '-c', mount, command.stateFolder] })
    await command.event('control-opened')
    const problems = async (): Promise<{ failure: { code: string } }[]> =>
      (await ask(socket, '/v1/state')).json['problems'] as { failure: { code: string } }[]
    await command.until(async () => (await problems()).some(({ failure }) => failure.code === 'ENOSPC'), 'ENOSPC in the state', 60_000)
    const { json } = await ask(socket, '/v1/nodes/worker')
    const restarts = Number(json['restarts'])
    await command.until(async () => Number((await ask(socket, '/v1/nodes/worker')).json['restarts']) > restarts + 3, 'more lives')
    expect((await ask(socket, '/metrics')).text).toMatch(/^tsupervise_problems_total [1-9]/m)
    expect((await ask(socket, '/v1/events?since=0&most=100000')).status).toBe(200)
    await command.stop()
  })
})

describe('kill -9', () => {
  it('of clients at random moments leaves nothing behind in the supervisor', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    for (let round = 0; round < 30; round++) {
      const reader = new StreamReader(socket, round % 2 === 0 ? '/v1/events/stream' : '/v1/nodes/sleeper/logs/stream')
      const waiting = ask(socket, '/v1/commands?wait=60', { method: 'POST', body: { type: 'reload' } }).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
      reader.close()
      await waiting
    }
    const curl = spawnSync('timeout', ['-s', 'KILL', '0.3', 'curl', '-sN', '--unix-socket', socket, 'http://x/v1/events/stream'])
    expect(curl.error).toBeUndefined()
    const crowd = Array.from({ length: 100 }, () => new StreamReader(socket, '/v1/events/stream?transient=0'))
    readers.push(...crowd)
    await waitUntil(() => crowd.every(({ status }) => status === 200), 'every place free again')
    expect(isAlive(command.leader('sleeper'))).toBe(true)
  })

  it('of the supervisor: whoever waits or reads is told at once that it is gone, and the next run takes the socket', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    const reader = new StreamReader(socket, '/v1/events/stream')
    readers.push(reader)
    await reader.until(() => reader.of('snapshot').length === 1, 'the snapshot')
    const lastId = reader.messages.at(-1)?.id ?? ''
    const waiting = send(socket, { type: 'start', node: 'sleeper' }, '?wait=60').then(
      () => 'answered',
      (error: Error) => error.message
    )
    command.signal('SIGKILL')
    await command.exit()
    await reader.until(() => reader.ended, 'the end of the stream')
    expect(await waiting).toMatch(/^answered$|socket hang up|ECONNRESET/)
    expect(existsSync(socket)).toBe(true)

    const next = keep(RunningCommand.start(sleeper, ['--control-socket', socket]))
    await next.event('control-opened')
    const again = new StreamReader(socket, '/v1/events/stream', { 'last-event-id': lastId })
    readers.push(again)
    await again.until(() => again.of('snapshot').length === 1, 'a snapshot, as it is another run')
    expect((await ask(socket, '/v1')).json).toMatchObject({ pid: next.pid })
  })
})

describe('history', () => {
  it('is read back beyond memory, and of an earlier run that was killed at most the last second is missing', {
    timeout: 60_000
  }, async () => {
    const first = keep(new RunningCommand())
    const socket = join(sharedFolder(), 'c.sock')
    const file = first.file('tsupervise.json', JSON.stringify({ name: 'kept', ...sleeper }))
    const words = ['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket]
    first.launch(words)
    await runs(first, 'sleeper')
    for (let value = 1; value <= 1200; value++) await send(socket, { type: 'set-limit', node: 'sleeper', field: 'latency', value })
    const events = async (query: string): Promise<{ seq: number; type: string; to?: number; time: string }[]> =>
      (await ask(socket, `/v1/events?${query}`)).json['events'] as { seq: number; type: string; to?: number; time: string }[]
    const all = await events('since=0&most=100000')
    expect(all[0]?.type).toBe('supervisor-started')
    expect(all.filter(({ type }) => type === 'limit-changed').map(({ to }) => to)).toEqual(Array.from({ length: 1200 }, (_, at) => at + 1))
    expect((await events('since=0&most=2')).map(({ to }) => to)).toEqual([1199, 1200])
    await send(socket, { type: 'restart', node: 'sleeper' }, '?wait=20')
    await first.until(() => first.eventFile().some(({ type }) => type === 'receipt-closed'), 'the receipt on the disk')
    const killedAt = Date.now()
    first.signal('SIGKILL')
    await first.exit()

    const second = keep(new RunningCommand())
    second.launch(words, { env: { TSUPERVISE_STATE_DIR: first.stateFolder } })
    await runs(second, 'sleeper')
    const kept = await events('runs=all&most=100000')
    const ofFirst = kept.filter((event) => 'run' in event && event.seq > 500 && event.to !== undefined)
    expect(ofFirst.at(-1)?.to).toBe(1200)
    const newest = Math.max(...kept.filter(({ time }) => Date.parse(time) < killedAt).map(({ time }) => Date.parse(time)))
    expect(killedAt - newest).toBeLessThan(1500)
    const own = await events('since=0&most=100000')
    expect(own.filter(({ type }) => type === 'limit-changed')).toEqual([])
    const receipts = (await ask(socket, '/v1/receipts?runs=all&last=50')).json['receipts'] as { run?: string; reason: { kind: string } }[]
    expect(receipts.some(({ run, reason }) => run !== undefined && reason.kind === 'command')).toBe(true)
    expect((await ask(socket, '/v1/receipts')).json['receipts']).toEqual([])
  })
})
