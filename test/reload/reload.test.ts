import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { ReloadDifference } from '../../src/core/queries.ts'
import { RunningCommand } from '../helpers/command.ts'
import { ask, refusal, command as send } from '../helpers/control.ts'
import { identityOf, isAlive, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const commands: RunningCommand[] = []
afterEach(async () => {
  for (const command of commands.splice(0)) expect(await command.dispose()).toEqual([])
})

/** A service manager that prints what it is told. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(8192).decode(), flush=True)
`

interface Reloading {
  readonly command: RunningCommand
  readonly socket: string
  write(text: string): void
  /** Writes, reloads over the socket, and waits until what is wanted is so. */
  reload(text: string): Promise<void>
  difference(): Promise<ReloadDifference>
  node(name: string): Promise<Record<string, unknown>>
}

/** A real supervisor with a YAML file that changes; ends everything in time for `dispose` to find nothing. */
async function start(text: string, env: NodeJS.ProcessEnv = {}): Promise<Reloading> {
  const command = new RunningCommand()
  commands.push(command)
  const file = command.file('tsupervise.yaml', text)
  const socket = join(command.folder, 'c.sock')
  command.launch(['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket], { env })
  await command.event('control-opened')
  const write = (next: string): void => writeFileSync(file, next)
  return {
    command,
    socket,
    write,
    async reload(next) {
      write(next)
      const answer = await send(socket, { type: 'reload' }, '?wait=20')
      if (answer.status !== 202) throw new Error(answer.text)
    },
    async difference() {
      return (await ask(socket, '/v1/queries', { method: 'POST', body: { type: 'reload-difference' } })).json as unknown as ReloadDifference
    },
    node: async (name) => (await ask(socket, `/v1/nodes/${name}`)).json as Record<string, unknown>
  }
}

const end = async ({ command }: Reloading): Promise<void> => {
  expect((await command.stop()).code).toBe(0)
}
const node = (name: string, more = ''): string => `  ${name}: {command: [sleep, "1000"]${more}}\n`

describe('a reload', () => {
  it('restarts only what has a changed spawn-time field; live ones change at once; what went stops, what came starts', async () => {
    const run = await start(`name: r\nextensions:\n${node('same')}${node('live')}${node('spawn')}${node('old')}`)
    const { command } = run
    await Promise.all(['same', 'live', 'spawn', 'old'].map((name) => command.event('node-ready', name)))
    const before = Object.fromEntries(['same', 'live', 'spawn', 'old'].map((name) => [name, command.leader(name)]))
    const next = `name: r\nextensions:\n${node('same')}${node('live', ', limits: {memory: 77MB}')}${node('spawn', ', umask: "077"')}${node('new')}`
    run.write(next)
    expect((await run.difference()).changes.map(({ node: name, action }) => [name, action])).toEqual([
      ['old', 'stop'],
      ['live', 'live'],
      ['spawn', 'restart'],
      ['new', 'start']
    ])
    expect(command.of('reloaded')).toEqual([])
    await run.reload(next)
    await command.event('node-removed', 'old')
    await command.event('node-ready', 'new')
    expect(command.leader('same')).toEqual(before['same'])
    expect(command.leader('live')).toEqual(before['live'])
    expect(command.leader('spawn')).not.toEqual(before['spawn'])
    expect([isAlive(before['same'] ?? { pid: 0, startTime: 0 }), identityOf(before['old']?.pid ?? 0)]).toEqual([true, undefined])
    expect(await run.node('live')).toMatchObject({ description: { limits: { memory: { value: 77 * 2 ** 20, source: { kind: 'file' } } } } })
    expect((await ask(run.socket, '/v1/nodes/old')).status).toBe(404)
    expect(command.of('reloaded')).toMatchObject([
      {
        changes: ['old stop', 'live live', 'extensions.live.limits.memory: 200MB -> 77MB', 'spawn restart', expect.anything(), 'new start']
      }
    ])
    await end(run)
  })

  it('holds a live limit against the life that runs', async () => {
    const hog = 'while :; do :; done'
    const run = await start(`name: r\nwatchdog: {interval: 200ms}\nworker: {command: "${hog}", delay: 0s, limits: {cpu: 100%}}\n`)
    const { command } = run
    await command.event('node-ready', 'worker')
    const leader = command.leader('worker')
    await run.reload(`name: r\nwatchdog: {interval: 200ms}\nworker: {command: "${hog}", delay: 0s, limits: {cpu: 1%, latency: 1s}}\n`)
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt).toMatchObject({ leaderPid: leader.pid, reasonKind: 'limit', reasonSourceLine: 3 })
    await end(run)
  })

  it('with an invalid file changes nothing, and says why with its place', async () => {
    const text = `name: r\nextensions:\n${node('a')}`
    const run = await start(text)
    const { command, socket } = run
    await command.event('node-ready', 'a')
    const leader = command.leader('a')
    run.write('name: r\nextensions:\n  a: {command: [sleep, "1000"], limmits: {}}\n  b: {after: [nobody], command: x}\n')
    const refused = await send(socket, { type: 'reload' })
    expect(refusal(refused)).toBe('409 invalid-configuration')
    const problem = await command.event('problem')
    expect(problem['failureCode']).toBe('invalid-configuration')
    expect(problem.message).toMatch(/tsupervise\.yaml:3:33: unknown key 'limmits' in extensions\.a; did you mean 'limits'\?/)
    expect(refusal(await ask(socket, '/v1/queries', { method: 'POST', body: { type: 'reload-difference' } }))).toBe(
      '409 invalid-configuration'
    )
    expect(command.leader('a')).toEqual(leader)
    expect(command.of('reloaded')).toEqual([])
    run.write(text)
    expect((await send(socket, { type: 'reload' })).status).toBe(202)
    expect((await command.event('reloaded')).message).toContain('nothing has changed')
    await end(run)
  })

  it('by SIGHUP is the same', async () => {
    const run = await start(`name: r\nextensions:\n${node('a')}`)
    await run.command.event('node-ready', 'a')
    run.write(`name: r\nextensions:\n${node('a')}${node('b')}`)
    run.command.signal('SIGHUP')
    await run.command.event('node-ready', 'b')
    expect((await run.command.event('reloaded'))['by']).toBe('SIGHUP')
    run.write('name: [')
    run.command.signal('SIGHUP')
    expect((await run.command.event('problem'))['failureCode']).toBe('invalid-configuration')
    await end(run)
  })

  it('stops nothing when the file is gone or empty for a moment', async () => {
    const run = await start(`name: r\nextensions:\n${node('a')}`)
    await run.command.event('node-ready', 'a')
    rmSync(join(run.command.folder, 'tsupervise.yaml'))
    expect(refusal(await send(run.socket, { type: 'reload' }))).toBe('409 invalid-configuration')
    run.write('')
    expect(refusal(await send(run.socket, { type: 'reload' }))).toBe('409 invalid-configuration')
    expect(run.command.of('problem').map(({ message }) => /not there any more|is empty/.test(message))).toEqual([true, true])
    expect(isAlive(run.command.leader('a'))).toBe(true)
    await end(run)
  })

  it('leaves a node stopped that was stopped by hand, and starts one that had given up with what is new', async () => {
    const broken = '  broken: {command: [/nowhere/program], respawn: {limit: 0, onExhausted: fail}}\n'
    const run = await start(`name: r\nextensions:\n${node('a')}${broken}`)
    const { command } = run
    await command.event('node-ready', 'a')
    await command.event('node-failed', 'broken')
    await send(run.socket, { type: 'stop', node: 'a' }, '?wait=20')
    await run.reload(`name: r\nextensions:\n${node('a', ', umask: "077"')}${node('broken')}`)
    await command.event('node-ready', 'broken')
    expect(await run.node('a')).toMatchObject({ phase: { phase: 'stopped', by: 'command' }, incarnation: 1 })
    expect((await send(run.socket, { type: 'start', node: 'a' }, '?wait=20')).status).toBe(202)
    expect(readFileSync(`/proc/${command.leader('a').pid}/status`, 'utf8')).toMatch(/^Umask:\s+0077$/m)
    await end(run)
  })

  it('starts new nodes when those that go are gone', async () => {
    const slow = '  old: {command: "trap \'\' TERM; echo up; while :; do sleep 0.1; done", stop: {commandedGrace: 700ms}}\n'
    const run = await start(`name: r\nextensions:\n${slow}`)
    const { command } = run
    await command.line('old', /up/)
    const leader = command.leader('old')
    await run.reload(`name: r\nextensions:\n${node('new')}`)
    await command.event('node-ready', 'new')
    expect(command.events.findIndex(({ event }) => event === 'node-removed')).toBeLessThan(
      command.events.findIndex(({ event, node: name }) => event === 'node-starting' && name === 'new')
    )
    expect(isAlive(leader)).toBe(false)
    await end(run)
  })

  it('takes hooks, the interval, redaction and the log live; what is fixed is named', async () => {
    const run = await start(`name: r\nextensions:\n${node('a')}`)
    const { command } = run
    await command.event('node-ready', 'a')
    const mark = join(command.folder, 'mark')
    const log = join(command.folder, 'run.log')
    await run
      .reload(
        [
          'name: other',
          'sampler: portable',
          'watchdog: {interval: 300ms}',
          `hooks: [{on: [limit-changed], command: "touch ${mark}"}]`,
          `log: {file: ${log}}`,
          'redact: [hideme]',
          `extensions:\n${node('a')}  b: {command: [sleep, "1000", "hideme"]}\n`
        ].join('\n')
      )
      .catch((error: unknown) => error)
    await command.event('node-started', 'b')
    expect((await command.event('reloaded'))['ignored']).toEqual(expect.arrayContaining(['name', 'sampler']))
    await send(run.socket, { type: 'set-limit', node: 'a', field: 'latency', value: 5000 })
    await command.event('hook-ended')
    expect(readFileSync(mark, 'utf8')).toBe('')
    await command.until(() => existsSync(log) && readFileSync(log, 'utf8').includes('limit-changed'), 'the new log file')
    const state = (await ask(run.socket, '/v1/state')).text
    expect(JSON.parse(state).run).toMatchObject({ name: 'r', intervalMs: 300 })
    expect(JSON.stringify(JSON.parse(state).nodes)).not.toContain('hideme')
    const checks = async (): Promise<number> =>
      ((await run.node('a'))['ledger'] as { intervalMs: number }[]).filter(({ intervalMs }) => intervalMs < 1000).length
    await command.until(async () => (await checks()) >= 3, 'checks in the new rhythm')
    await end(run)
  })

  it('restarts the health check with what it is now', async () => {
    const run = await start(`name: r\nworker: {command: [sleep, "1000"], health: {exec: ["true"], interval: 100ms, startPeriod: 0s}}\n`)
    const { command } = run
    await command.event('health-changed', 'worker')
    const leader = command.leader('worker')
    await run.reload(
      'name: r\nworker: {command: [sleep, "1000"], health: {exec: ["false"], interval: 100ms, startPeriod: 0s, failures: 2}}\n'
    )
    expect(await command.event('receipt-closed', 'worker')).toMatchObject({ leaderPid: leader.pid, reasonKind: 'health' })
    await end(run)
  })

  it('tells the service manager that it reloads, and that it is ready again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'notify-'))
    const address = join(folder, 'n.sock')
    const receiver = new TestProcesses().spawn('python3', ['-c', RECEIVER, address], { stdio: ['ignore', 'pipe', 'inherit'] })
    let heard = ''
    receiver.stdout?.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    await waitUntil(() => existsSync(address), 'the manager listens')
    const run = await start(`name: r\nextensions:\n${node('a')}`, { NOTIFY_SOCKET: address })
    await run.command.until(() => heard.includes('READY=1'), 'READY')
    heard = ''
    await run.reload(`name: r\nextensions:\n${node('a')}${node('b')}`)
    await run.command.until(() => /RELOADING=1\nMONOTONIC_USEC=\d+[\s\S]*READY=1/.test(heard), 'RELOADING, then READY')
    await end(run)
    receiver.kill()
    rmSync(folder, { recursive: true })
  })
})

describe('limits edited by hand', () => {
  it('survive a reload and a respawn, and are shown in the difference', async () => {
    const text = `name: r\nextensions:\n${node('a', ', limits: {memory: 100MB}')}`
    const run = await start(text)
    await run.command.event('node-ready', 'a')
    await send(run.socket, { type: 'set-limit', node: 'a', field: 'memory', value: 300 * 2 ** 20 })
    const memory = async (): Promise<unknown> =>
      ((await run.node('a'))['description'] as { limits: Record<string, object> }).limits['memory']
    await run.reload(text.replace('100MB', '200MB'))
    expect(await memory()).toMatchObject({ value: 300 * 2 ** 20, source: { kind: 'hot-edit' } })
    expect((await run.difference()).kept).toEqual([{ node: 'a', path: 'limits.memory', value: '300MB' }])
    await send(run.socket, { type: 'restart', node: 'a' }, '?wait=20')
    expect(await memory()).toMatchObject({ value: 300 * 2 ** 20, source: { kind: 'hot-edit' } })
    const { json } = await ask(run.socket, '/v1/configuration')
    expect((json['settings'] as { path: string }[]).find(({ path }) => path === 'extensions.a.limits.memory')).toMatchObject({
      value: '300MB',
      source: { kind: 'hot-edit' }
    })
    await end(run)
  })

  it('are saved into the file, whose comments stay, and come from there from then on', async () => {
    const text = `# mine\nname: r\nextensions:\n  a: {command: [sleep, "1000"], limits: {memory: 100MB}} # tight\n`
    const run = await start(text)
    await run.command.event('node-ready', 'a')
    expect((await send(run.socket, { type: 'save-limits', node: 'a' })).status).toBe(202)
    await send(run.socket, { type: 'set-limit', node: 'a', field: 'memory', value: 300 * 2 ** 20 })
    await send(run.socket, { type: 'set-limit', node: 'a', field: 'respawnLimit', value: 9 })
    expect((await send(run.socket, { type: 'save-limits', node: 'a' })).status).toBe(202)
    const file = join(run.command.folder, 'tsupervise.yaml')
    expect(readFileSync(file, 'utf8')).toBe(text.replace('100MB}', '300MB}, respawn: {limit: 9}'))
    expect(await run.node('a')).toMatchObject({
      description: { limits: { memory: { source: { kind: 'file', line: 4 } } }, respawn: { limit: { value: 9, source: { kind: 'file' } } } }
    })
    expect(await run.difference()).toEqual({ changes: [], kept: [], ignored: [] })
    expect(refusal(await send(run.socket, { type: 'save-limits', node: 'nobody' }))).toBe('404 no-such-node')
    await end(run)
  })
})
