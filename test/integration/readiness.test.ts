import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { identityOf, isAlive } from '../helpers/processes.ts'

const commands = commandsOfTest()
const idle = [fixture('exit-on-request.sh')]

/** A port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** Starts a worker that becomes ready when the file `go` is there, and what waits for it. */
async function waiting(worker: (go: string) => Promise<object> | object) {
  const command = commands.prepare()
  const go = `${command.folder}/go`
  const configuration = { name: 'order', worker: await worker(go), extensions: { second: { command: idle, after: ['worker'] } } }
  command.launch(['--no-ui', '--config', command.file('tsupervise.json', JSON.stringify(configuration))])
  return { command, become: () => command.file('go', '') }
}

describe('the start order', () => {
  test.each([
    [
      'a line of output',
      async (go: string) => ({
        command: [fixture('fail-until.sh'), go],
        respawn: { maxDelay: '50ms', limit: 1000 },
        ready: { line: '^ready' }
      })
    ],
    [
      'a port',
      async (go: string) => {
        const port = await freePort()
        return { command: [fixture('listen-late.py'), go, String(port)], ready: { tcp: `127.0.0.1:${port}`, interval: '50ms' } }
      }
    ],
    ['sd_notify', async (go: string) => ({ command: [fixture('notify-late.py'), go], ready: { notify: true } })],
    ['a command', async (go: string) => ({ command: idle, ready: { exec: ['test', '-e', go], interval: '50ms' } })]
  ])('what comes after a worker that is ready by %s starts only then', async (_name, worker) => {
    const { command, become } = await waiting(worker)
    await command.event('node-started', 'worker')
    await command.event('node-waiting', 'second')
    expect(command.of('node-starting', 'second')).toEqual([])
    expect(command.of('node-ready', 'worker')).toEqual([])
    become()
    const ready = await command.event('node-ready', 'worker')
    const starting = await command.event('node-starting', 'second')
    expect(starting.mono).toBeGreaterThanOrEqual(ready.mono)
    await command.event('node-started', 'second')
    expect((await command.stop()).code).toBe(0)
  })

  test('a chain starts link by link, and one that waits is stopped with the run', async () => {
    const command = commands.start({
      worker: { command: idle, after: ['b'] },
      extensions: {
        a: { command: idle, ready: { line: '^ready' } },
        b: { command: idle, after: ['a'] },
        never: { command: idle, after: ['late'] },
        late: { command: ['sleep', '60'], ready: { line: 'x' } }
      }
    })
    await command.event('node-started', 'worker')
    const order = command.events.filter(({ event }) => event === 'node-started').map(({ node }) => node)
    expect(order.filter((node) => node !== 'late')).toEqual(['a', 'b', 'worker'])
    expect((await command.stop()).code).toBe(0)
    expect(command.of('node-starting', 'never')).toEqual([])
  })

  test('one that does not become ready in time is stopped, and the receipt says what was waited for', async () => {
    const command = commands.start({
      worker: {
        command: [fixture('notify-late.py'), '/no/such/file'],
        ready: { notify: true, timeout: '700ms' },
        respawn: { maxDelay: '0s' }
      }
    })
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonKind']).toBe('readiness')
    expect(receipt['reasonDetail']).toMatch(/not ready within 700 ms: no READY=1.*its last status was: warming up/)
    await command.event('node-started', 'worker', 2)
    expect(command.of('budget-changed', 'worker')[0]?.['budgetUses']).toBe(1)
  })
})

describe('the health check', () => {
  test('the third failure in a row stops the node, for that reason', async () => {
    const command = commands.prepare()
    const sick = `${command.folder}/sick`
    const health = { exec: `! [ -e ${sick} ]`, interval: '60ms', startPeriod: '0s', failures: 3 }
    const configuration = { name: 'health', worker: { command: idle, health, respawn: { maxDelay: '0s' } } }
    command.launch(['--no-ui', '--config', command.file('tsupervise.json', JSON.stringify(configuration))])
    await command.line('worker', /^ready/)
    const first = command.leader('worker')
    expect(isAlive(first)).toBe(true)
    command.file('sick', '')
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonKind']).toBe('health')
    expect(receipt['reasonDetail']).toContain('3 checks in a row failed')
    const changes = command.of('health-changed', 'worker').map((event) => [event['healthy'], event['failures']])
    // the next life is sick too, and may have said so already
    expect(changes.find(([healthy]) => healthy === false)).toEqual([false, 3])
    expect(isAlive(first)).toBe(false)
    await command.event('node-started', 'worker', 2)
  })
})

describe('a node that is only observed', () => {
  const never = { command: ['sleep', '300'], ready: { exec: 'false', interval: '100ms', timeout: '500ms' } }

  test('is not stopped because it did not become ready; a receipt says what would have been done', async () => {
    const command = commands.start({ worker: { ...never, observe: true } })
    const { pid } = await command.event('node-started', 'worker')
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt.message).toContain('would be stopped: not ready in time')
    expect(pid !== undefined && identityOf(pid) !== undefined).toBe(true)
    expect(command.of('node-exited')).toEqual([])
    expect((await command.stop()).code).toBe(0)
  })

  test('would have been stopped without that', async () => {
    const command = commands.start({ worker: never })
    expect((await command.event('receipt-closed', 'worker')).message).toContain('stopped: not ready in time')
    await command.event('node-exited', 'worker')
  })
})
