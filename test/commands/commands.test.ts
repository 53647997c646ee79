import { spawn } from 'node:child_process'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import type { SupervisorEvent } from '../../src/core/events.ts'
import { COMMAND, fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { identityOf, isAlive } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { type Called, call } from './call.ts'
import { superviseWorld } from './world.ts'

const commands = commandsOfTest()

const world = (more: object = {}) => superviseWorld(commands, more)

const exitOf = async (called: Promise<Called>): Promise<number | null> => (await called).code

describe('looking', () => {
  test('status: a line a node within 80 columns, JSON, and an exit code that says whether all is well', async () => {
    const { command, on } = await world({ extensions: { late: { command: ['/bin/sleep', '1000'], enabled: false } } })
    const well = await on('status')
    expect(well).toMatchObject({ code: 0, stderr: '' })
    const lines = well.stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(new RegExp(`^web on .*: pid ${command.pid}, up \\d+s, level normal`))
    expect(lines[1]).toMatch(/^NAME +KIND +STATE +PID +CPU% +MEM +RESTARTS +UP +NOTE$/)
    expect(lines[2]).toMatch(new RegExp(`^api +worker +running +${command.leader('api').pid} `))
    expect(well.stdout).toMatch(/late +extension +idle +- .*disabled/)
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80)
    const { code, stdout } = await on('status', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ run: { name: 'web', pid: command.pid }, order: ['api', 'late'] })
  })

  test('status: 1 when a node has failed', async () => {
    const fails = { command: ['/bin/sh', '-c', 'exit 3'], respawn: { limit: 0, onExhausted: 'fail' } }
    const { command, on } = await world({ extensions: { fails } })
    await command.event('node-failed', 'fails')
    const { code, stdout } = await on('status')
    expect(code).toBe(1)
    expect(stdout).toMatch(/fails +extension +failed /)
  })

  test('events: text and JSON, of one node, after a number, within a time', async () => {
    const { on } = await world({ extensions: { other: { command: ['/bin/sleep', '1000'] } } })
    const text = await on('events')
    expect(text.code).toBe(0)
    expect(text.stdout).toMatch(/INFO {2}api \d+ started as \d+/)
    const json = (called: Called) =>
      called.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as SupervisorEvent)
    const all = json(await on('events', '--json'))
    expect(all.map(({ type }) => type)).toContain('supervisor-started')
    expect(new Set(json(await on('events', '--json', '--node', 'other')).map(({ node }) => node))).toEqual(new Set(['other']))
    const seq = all[2]?.seq ?? 0
    expect(json(await on('events', '--json', '--since', String(seq)))[0]?.seq).toBe(all[3]?.seq)
    expect(json(await on('events', '--json', '-n', '1'))).toHaveLength(1)
    expect(json(await on('events', '--json', '--since', '1h')).length).toBeGreaterThanOrEqual(all.length)
    expect((await on('events', '--since', 'yesterday')).code).toBe(2)
  })

  test('events --follow: what happened, then what happens, each once; a reader that leaves ends it', async () => {
    const { on, socket } = await world()
    const child = spawn(process.execPath, [COMMAND, 'events', '--follow', '--json', '--control-socket', socket], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    await waitUntil(() => text.includes('"node-started"'), 'what has happened')
    expect((await on('observe', 'api', 'on')).code).toBe(0)
    await waitUntil(() => text.includes('"observe-changed"'), 'what happens')
    const seqs = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as SupervisorEvent).seq)
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.stdout.destroy()
    await on('observe', 'api', 'off')
    expect(await ended).toBe(0)
  })

  test('logs: as written for a program, the newest lines, and those to come', async () => {
    const { command, on, socket } = await world()
    await waitUntil(async () => (await on('logs', 'api')).stdout.includes('red'), 'its output')
    expect(await on('logs', 'api')).toEqual({ code: 0, stdout: 'hello\n\x1b[31mred\n', stderr: '' })
    expect((await on('logs', 'api', '-n', '1')).stdout).toBe('\x1b[31mred\n')
    expect(JSON.parse((await on('logs', 'api', '-n1', '--json')).stdout)).toMatchObject({ stream: 'stdout', text: '\x1b[31mred' })
    const child = spawn(process.execPath, [COMMAND, 'logs', 'api', '-f', '--control-socket', socket], { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    await waitUntil(() => text.includes('red'), 'the lines so far')
    await on('restart', 'api')
    await waitUntil(() => text.split('hello').length === 3, 'the lines of its second life')
    const ended = new Promise((resolve) => child.on('exit', resolve))
    await command.stop()
    expect(await ended).toBe(3)
    expect(await exitOf(on('logs', 'api'))).toBe(3)
  })

  test('a node that is not there is named, with the one that was meant', async () => {
    const { on } = await world()
    expect(await on('logs', 'nobody')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('nobody') })
    expect(await on('limits', 'apo')).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean 'api'?") })
  })
})

describe('acting', () => {
  test('stop, start and restart, and waiting for them', async () => {
    const { command, on } = await world()
    const first = command.leader('api')
    expect(await on('stop', 'api', '--wait')).toEqual({ code: 0, stdout: 'api is stopped\n', stderr: '' })
    expect(isAlive(first)).toBe(false)
    const started = await on('start', 'api', '--wait')
    expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(/^api runs as \d+\n$/) })
    const restarted = await on('restart', 'api', '--wait=30s')
    expect(restarted.stdout).toMatch(/^api runs again as \d+\n$/)
    expect(restarted.stdout.match(/\d+/)?.[0]).not.toBe(started.stdout.match(/\d+/)?.[0])
    expect(await on('stop', 'api')).toMatchObject({ code: 0, stdout: 'api asked to stop\n' })
  })

  test('several at once; one that is not there is told, and is the exit code', async () => {
    const { command, on } = await world({ extensions: { other: { command: ['/bin/sleep', '1000'] } } })
    await command.event('node-started', 'other')
    const called = await on('stop', 'other', 'nobody', 'api', '--wait')
    expect(called).toMatchObject({ code: 1, stderr: expect.stringContaining('nobody') })
    expect(called.stdout.trimEnd().split('\n').sort()).toEqual(['api is stopped', 'other is stopped'])
  })

  test('4 when it takes longer than was waited, and it goes on', async () => {
    const slow = { command: ['/bin/sh', fixture('ignore-sigterm.sh')], stop: { commandedGrace: '2s' } }
    const { command, on } = await world({ extensions: { slow } })
    await command.event('node-started', 'slow')
    await command.line('slow', /ready/)
    expect(await on('stop', 'slow', '--wait=200ms')).toMatchObject({ code: 4, stderr: expect.stringContaining('slow') })
    await command.event('node-stopped', 'slow')
  })

  test('signal: the leader of a node, a process by its pid, never one of another', async () => {
    const reports = ['/bin/sh', '-c', `trap 'echo hup' HUP; trap 'echo usr2' USR2; echo ready; while :; do sleep 0.05; done`]
    const { command, on } = await world({ extensions: { reports: { command: reports, log: { echo: true } } } })
    await command.line('reports', /ready/)
    const { pid, startTime } = command.leader('reports')
    expect(await on('signal', 'reports', 'hup')).toMatchObject({ code: 0, stdout: `SIGHUP sent to ${pid}\n` })
    await command.line('reports', /hup/)
    expect((await on('signal', `${pid}:${startTime}`, '12')).code).toBe(0)
    await command.line('reports', /usr2/)
    const recycled = await on('signal', `${pid}:${startTime + 1}`, 'KILL')
    expect(recycled.code).toBe(1)
    const own = identityOf(process.pid)
    expect(await exitOf(on('signal', String(process.pid), 'KILL'))).toBe(1)
    expect(await exitOf(on('signal', `${process.pid}:${own?.startTime}`, 'KILL'))).toBe(1)
    expect(isAlive({ pid, startTime })).toBe(true)
    expect(await exitOf(on('signal', 'reports', 'NOPE'))).toBe(2)
  })

  test('limits: shown with their source, changed for this run', async () => {
    const { on } = await world()
    const shown = await on('limits', 'api')
    expect(shown.stdout).toMatch(/^LIMIT +VALUE {2}FROM\nmemory +200MB {2}level normal\n/)
    const changed = await on('limits', 'api', 'memory=300MB', 'cpu=25%', 'respawn-limit=7', 'latency=9s')
    expect(changed.code).toBe(0)
    expect(changed.stdout).toMatch(/memory +300MB {2}edited by hand/)
    expect(changed.stdout).toMatch(/cpu +25% {2}edited by hand/)
    expect(JSON.parse((await on('limits', 'api', '--json')).stdout)).toMatchObject({
      memory: { value: 300 * 2 ** 20 },
      cpu: { value: 25 },
      latency: { value: 9000 },
      'respawn-limit': { value: 7 }
    })
    expect(await on('limits', 'api', 'memory=lots')).toMatchObject({ code: 2, stderr: expect.stringContaining('expected a size') })
    expect(await on('limits', 'api', 'memroy=5')).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'memory'?") })
  })

  test('receipts: one line each, all of one', async () => {
    const { on } = await world()
    expect((await on('receipts')).stdout).toBe('no receipts: nothing was stopped\n')
    await on('stop', 'api', '--wait')
    const list = await on('receipts')
    expect(list).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^N {2}TIME {6}WHAT\n1 {2}\d\d:\d\d:\d\d {2}api \d+ stopped: stop asked for/)
    })
    const one = await on('receipts', '1')
    expect(one.stdout).toContain('RECEIPT 1')
    expect(one.stdout).toContain('SIGTERM')
    expect(JSON.parse((await on('receipts', '1', '--json')).stdout)).toMatchObject({ id: 1, node: 'api' })
    expect(await exitOf(on('receipts', '99'))).toBe(1)
  })

  test('shutdown --wait ends the supervisor and everything it runs', async () => {
    const { command, on } = await world()
    const leader = command.leader('api')
    expect(await on('shutdown', '--wait')).toEqual({ code: 0, stdout: 'web has ended\n', stderr: '' })
    expect((await command.exit()).code).toBe(0)
    expect(isAlive(leader)).toBe(false)
  })
})

describe('not reaching anybody', () => {
  test('3, with where it was looked for', async () => {
    const { stdout, stderr, code } = await call(['status', '--control-socket', '/nowhere/web.sock'])
    expect({ stdout, code }).toEqual({ stdout: '', code: 3 })
    expect(stderr).toBe(
      'tsupervise: no supervisor web runs here: /nowhere/web.sock does not exist\nStart one, or choose it with --name or --control-socket.\n'
    )
  })

  test.each([
    ['stauts', "did you mean 'tsupervise status'?"],
    ['--ascii status', 'a subcommand comes before every option: tsupervise status ...']
  ])('%s: what was probably meant', async (words, message) => {
    expect(await call(words.split(' '))).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) })
  })

  test('help: the page of a subcommand, both ways', async () => {
    const page = await call(['status', '--help'])
    expect(page).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('tsupervise status [options]') })
    expect(await call(['help', 'status'])).toEqual(page)
    expect((await call(['--help'])).stdout).toContain('\n  attach      the screen, also of other hosts\n')
  })
})
