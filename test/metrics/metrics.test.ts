import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { SupervisorEvent } from '../../src/core/events.ts'
import { renderMetrics } from '../../src/metrics/render.ts'
import { familiesOf } from '../../src/metrics/samples.ts'
import { createTally } from '../../src/metrics/tally.ts'
import { initialState, reduce } from '../../src/store.ts'
import { anyEvent, event } from '../helpers/arbitrary-events.ts'
import { ROOT, RunningCommand } from '../helpers/command.ts'
import { ask, command as send } from '../helpers/control.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const promtool = spawnSync('promtool', ['--version']).status === 0
const without = promtool ? '' : " (skipped: promtool of Debian's package prometheus is not installed)"

const commands: RunningCommand[] = []
afterEach(async () => {
  for (const command of commands.splice(0)) await command.dispose()
})

function start(configuration: object, args: readonly string[] = []): { command: RunningCommand; socket: string } {
  const command = new RunningCommand()
  commands.push(command)
  const socket = join(command.folder, 'c.sock')
  const file = command.file('tsupervise.json', JSON.stringify({ name: 'web', ...configuration }))
  command.launch(['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket, ...args])
  return { command, socket }
}

/** Values by name and labels as they are written. */
const valuesIn = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))])
  )

const own = { cpuSeconds: 1, rssBytes: 2, loopDelay: { p50: 0, p99: 0.1, max: 0.2 } }
async function render(events: readonly SupervisorEvent[], accept = ''): Promise<string> {
  const tally = createTally()
  for (const one of events) tally.read(one)
  const state = events.reduce(reduce, initialState({ name: 'n', host: 'h', version: 'v', pid: 1, intervalMs: 3000 }))
  return (await renderMetrics(familiesOf({ state, tally, own, now: Date.now() }), accept)).text
}

describe('metrics of a real supervisor', () => {
  it('say what happens: state, restarts and stops by reason, limits, own cost', async () => {
    const { command, socket } = start({
      watchdog: { interval: '200ms' },
      worker: { command: ['sleep', '1000'], limits: { memory: '64MB', cpu: '50%' } },
      extensions: { broken: { command: ['/nowhere/program'], respawn: { limit: 1, delay: 0, maxDelay: '0s', onExhausted: 'fail' } } }
    })
    await command.event('node-failed', 'broken')
    await command.event('node-ready', 'worker')
    await send(socket, { type: 'restart', node: 'worker' }, '?wait=20')
    await send(socket, { type: 'signal', target: command.leader('worker'), signal: 'SIGKILL' })
    await command.event('node-backing-off', 'worker')
    await send(socket, { type: 'start', node: 'worker' }, '?wait=20')
    await command.until(
      async () => (await ask(socket, '/metrics')).text.includes('tsupervise_node_memory_growth_bytes{node="worker"'),
      'a check'
    )
    const scrapes: Awaited<ReturnType<typeof ask>>[] = []
    await command.until(async () => scrapes.unshift(await ask(socket, '/metrics')) > 0 && scrapes[0]?.text.includes('loop_delay'), 'delays')
    const { text = '', headers = {} } = scrapes[0] ?? {}
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const values = valuesIn(text)
    const worker = (name: string, more = ''): number | undefined =>
      values.get(`tsupervise_node_${name}{node="worker",kind="worker"${more}}`)
    expect(worker('state', ',state="running"')).toBe(1)
    expect(worker('state', ',state="failed"')).toBe(0)
    expect(values.get('tsupervise_node_state{node="broken",kind="extension",state="failed"}')).toBe(1)
    expect(values.get('tsupervise_node_start_failures_total{node="broken",kind="extension"}')).toBe(2)
    expect(worker('ready')).toBe(1)
    expect(worker('starts_total')).toBe(3)
    expect(worker('restarts_total')).toBe(2)
    expect(worker('stops_total', ',reason="command"')).toBe(1)
    expect(worker('exits_total', ',success="false"')).toBe(2)
    expect(worker('memory_limit_bytes')).toBe(64 * 2 ** 20)
    expect(worker('cpu_limit_ratio')).toBe(0.5)
    expect(worker('respawn_budget_used')).toBe(1)
    expect(worker('processes')).toBe(1)
    expect(worker('memory_bytes')).toBeGreaterThan(100_000)
    expect(worker('uptime_seconds')).toBeGreaterThan(0)
    expect(values.get('tsupervise_check_interval_seconds')).toBe(0.2)
    expect(values.get('tsupervise_self_memory_bytes')).toBeGreaterThan(1e7)
    expect(values.get('tsupervise_self_cpu_seconds_total')).toBeGreaterThan(0)
    expect(values.get('tsupervise_self_loop_delay_seconds{statistic="p99"}')).toBeLessThan(5)
    expect([...values.keys()].every((name) => name.startsWith('tsupervise_'))).toBe(true)
  })

  it('come in the format of OpenMetrics where it is accepted', async () => {
    const { command, socket } = start({ worker: { command: ['sleep', '1000'] } })
    await command.event('control-opened')
    const { text, headers } = await ask(socket, '/metrics', { headers: { accept: 'application/openmetrics-text; version=1.0.0' } })
    expect(headers['content-type']).toContain('application/openmetrics-text')
    expect(text.endsWith('# EOF\n')).toBe(true)
    expect(text).toMatch(/^# TYPE tsupervise_events counter\ntsupervise_events_total \d+$/m)
  })
})

describe('over TCP', () => {
  const get = (port: number, path: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
        .on('error', reject)
        .end()
    })
  const freePort = (): Promise<number> =>
    new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo
        server.close(() => resolve(port))
      })
    })

  it('metrics and health are served where that was asked for, and nothing else', async () => {
    const port = await freePort()
    const { command } = start({ worker: { command: ['sleep', '1000'] } }, ['--metrics-listen', `127.0.0.1:${port}`])
    await command.event('node-ready', 'worker')
    expect((await get(port, '/metrics')).text).toContain('tsupervise_node_ready{node="worker",kind="worker"} 1')
    expect(await get(port, '/healthz')).toEqual({ status: 200, text: 'ok\n' })
    expect((await get(port, '/v1/state')).status).toBe(404)
    expect((await command.stop()).code).toBe(0)
    await expect(get(port, '/metrics')).rejects.toThrow()
  })

  it('an address that cannot be had is an error, and nothing is started', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { command } = start({ worker: { command: ['sleep', '1000'] }, metrics: { listen: `127.0.0.1:${port}` } })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toContain('EADDRINUSE')
    expect(command.story('worker')).toEqual([])
    server.close()
  })
})

describe('as a file', () => {
  it('they are written whole at each check, readable by all, and gone at the end', async () => {
    const { command } = start({ watchdog: { interval: '100ms' }, worker: { command: ['sleep', '1000'] } }, [
      '--metrics-textfile',
      'web.prom'
    ])
    const path = join(command.folder, 'web.prom')
    await command.until(
      () => existsSync(path) && readFileSync(path, 'utf8').includes('tsupervise_node_ready{node="worker",kind="worker"} 1'),
      'the file'
    )
    expect(statSync(path).mode & 0o777).toBe(0o644)
    const events = (): number => valuesIn(readFileSync(path, 'utf8')).get('tsupervise_events_total') ?? 0
    const first = events()
    await waitUntil(() => {
      expect(readFileSync(path, 'utf8')).toMatch(/tsupervise_self_memory_bytes \d+/)
      return events() > first
    }, 'a newer one')
    expect((await command.stop()).code).toBe(0)
    expect(existsSync(path)).toBe(false)
  })

  it('a place that cannot be written to is a problem, told once', async () => {
    const { command } = start({ watchdog: { interval: '50ms' }, worker: { command: ['sleep', '1000'] } }, [
      '--metrics-textfile',
      'no/such/folder.prom'
    ])
    const problem = await command.event('problem')
    expect(problem.message).toContain('folder.prom')
    expect(problem['failureCode']).toBe('ENOENT')
    mkdirSync(join(command.folder, 'no/such'), { recursive: true })
    chmodSync(join(command.folder, 'no/such'), 0o755)
    await command.until(() => existsSync(join(command.folder, 'no/such/folder.prom')), 'the file, once it can be written')
    expect(command.of('problem')).toHaveLength(1)
  })
})

describe('whatever happens', () => {
  it('labels are bounded and escaped, and every line is one of the format', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent, { maxLength: 40 }),
        fc.constantFrom('', 'application/openmetrics-text'),
        async (events, accept) => {
          const text = await render(events, accept)
          for (const line of text.split('\n')) {
            expect(line.length).toBeLessThan(2000)
            if (line !== '' && !line.startsWith('#')) {
              expect(line).toMatch(/^tsupervise_[a-z_]+(\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? -?(\d+(\.\d+)?(e[+-]?\d+)?|Nan|\+Inf)$/)
            }
          }
        }
      ),
      { numRuns: 60 }
    )
  })

  it('counts only grow, and a node that is removed takes its own with it', async () => {
    const added = event({ type: 'node-added', description: { name: 'a' } as never }, { node: 'a' })
    const failed = event({ type: 'node-start-failed', incarnation: 1, failure: { code: 'x', message: '' } }, { node: 'a' })
    const tally = createTally()
    for (const one of [added, failed, failed]) tally.read(one)
    expect(tally.nodes.get('a')?.startFailures).toBe(2)
    tally.read(event({ type: 'node-removed' }, { node: 'a' }))
    expect(tally.nodes.size).toBe(0)
  })
})

describe.skipIf(!promtool)(`promtool${without}`, () => {
  it('finds nothing wrong with the metrics', async () => {
    const { command, socket } = start({ watchdog: { interval: '200ms' }, worker: { command: ['sleep', '1000'] } })
    await command.event('node-ready', 'worker')
    await command.until(async () => (await ask(socket, '/metrics')).text.includes('self_loop_delay'), 'all metrics')
    const { text } = await ask(socket, '/metrics')
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', ''])
    const wrong = spawnSync('promtool', ['check', 'metrics'], { input: `${text}\nx{ 1\n`, encoding: 'utf8' })
    expect(wrong.status).not.toBe(0)
  })

  it('finds nothing wrong with the alert rules, whose metrics there are', async () => {
    const file = join(ROOT, 'examples/prometheus/alerts.yaml')
    const checked = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })
    expect([checked.status, checked.stderr]).toEqual([0, ''])
    const used = new Set(readFileSync(file, 'utf8').match(/tsupervise_[a-z_]+/g))
    const families = familiesOf({
      state: initialState({ name: 'n', host: 'h', version: 'v', pid: 1, intervalMs: 3000 }),
      tally: createTally(),
      own,
      now: 0
    })
    for (const name of used) expect(families.map((family) => family.name)).toContain(name)
  })
})
