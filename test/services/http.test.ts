import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { LoggedEvent, RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { killIdentity } from '../helpers/processes.ts'
import { python } from './programs.ts'

const commands = commandsOfTest()

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** undefined: no whole answer. */
async function status(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.status
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** `python3 -m http.server` as an extension with readiness and health by HTTP, beside a worker that waits. */
async function startSite(limits: object): Promise<{ command: RunningCommand; url: string }> {
  const command = commands.prepare()
  command.file('index.html', '<p>hello</p>')
  const url = `http://127.0.0.1:${await freePort()}/`
  const configuration = {
    name: 'site',
    watchdog: { interval: '200ms', delay: '0s' },
    worker: { command: ['sleep', '100000'] },
    extensions: {
      site: {
        command: [python, '-m', 'http.server', new URL(url).port, '--bind', '127.0.0.1'],
        limits: { memory: '200MB', ...limits },
        respawn: { delay: '0s', maxDelay: '0s', minUptime: '0s' },
        ready: { http: url, interval: '50ms' },
        health: { http: url, interval: '100ms', startPeriod: '0s' },
        log: { echo: false }
      }
    }
  }
  command.launch(['--no-ui', '--log-format', 'json', '--config', command.file('site.json', JSON.stringify(configuration))])
  await command.event('node-ready', 'site')
  return { command, url }
}

/** Requests, a few at a time, until `stop` says so; gives how many were answered. At most `most`. */
async function load(url: string, most: number, stop: () => boolean): Promise<number> {
  let asked = 0
  let answered = 0
  const client = async (): Promise<void> => {
    while (asked < most && !stop()) {
      asked += 1
      if ((await status(url)) === 200) answered += 1
    }
  }
  await Promise.all(Array.from({ length: 4 }, client))
  return answered
}

const lastOf = (events: readonly LoggedEvent[]): LoggedEvent | undefined => events.at(-1)

describe.skipIf(python === undefined)('python3 -m http.server as an extension (skipped without python3)', () => {
  test('it is ready when it answers; killed, it is ready again and answers', async () => {
    const { command, url } = await startSite({ cpu: '100%', latency: '1h' })
    expect(await status(url)).toBe(200)
    const first = command.leader('site')
    killIdentity(first)
    await command.event('node-ready', 'site', 2)
    expect(await status(url)).toBe(200)
    expect(command.leader('site').pid).not.toBe(first.pid)
    expect(lastOf(command.of('health-changed', 'site'))?.['healthy'] ?? true).toBe(true)
    expect((await command.stop()).code).toBe(0)
  })

  test('stopped with SIGSTOP it fails its health check, is ended for it and answers again', async () => {
    const { command, url } = await startSite({ cpu: '100%', latency: '1h' })
    killIdentity(command.leader('site'), 'SIGSTOP')
    const receipt = await command.event('receipt-closed', 'site', 1, 25_000)
    expect(receipt['reasonKind']).toBe('health')
    await command.event('node-ready', 'site', 2)
    expect(await status(url)).toBe(200)
  })

  test('requests push it over its CPU limit; the receipt has the arithmetic, the tree, the signals and what is next', async () => {
    const { command, url } = await startSite({ cpu: '5%', latency: '600ms' })
    const first = command.leader('site')
    const stopped = (): boolean => command.of('receipt-closed', 'site').length > 0
    const answered = await load(url, 50_000, stopped)
    const receipt = await command.event('receipt-closed', 'site')

    const arithmetic = /^CPU (\d+) ms > (\d+) ms = 5% x (\d+) ms x ([\d.]+) CPUs?, (\d+) checks in a row, ([\d.]+) s >= 0\.6 s$/
    expect(receipt['reasonArithmetic']).toMatch(arithmetic)
    const figures = (arithmetic.exec(String(receipt['reasonArithmetic'])) ?? []).slice(1).map(Number)
    const [used = 0, budget = 0, interval = 0, cpus = 0, inARow = 0] = figures
    expect(used).toBeGreaterThan(budget)
    expect(Math.abs(budget - 0.05 * interval * cpus)).toBeLessThanOrEqual(1)
    expect(inARow).toBeGreaterThanOrEqual(2)
    expect(answered).toBeGreaterThan(0)

    expect(receipt['leaderPid']).toBe(first.pid)
    expect((receipt['tree'] as string[])[0]).toMatch(new RegExp(`^${first.pid} ppid ${command.pid} .*http\\.server`))
    expect((receipt['signals'] as string[]).some((words) => words.endsWith(`SIGTERM group ${first.pid} sent`))).toBe(true)
    expect(receipt['exitSignal']).toBe('SIGTERM')
    expect(receipt['nextKind']).toBe('respawn')
    await command.event('node-ready', 'site', 2)
    expect(await status(url)).toBe(200)
  })
})
