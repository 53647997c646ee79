import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RunningCommand } from '../helpers/command.ts'
import { ask } from '../helpers/control.ts'
import { gone, keep, serve, sharedFolder } from './serving.ts'

const sleeper = { extensions: { sleeper: { command: ['sleep', '1000'] } } }
const isRoot = process.geteuid?.() === 0
const name = (): string => `test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`

/** As a person starts it: nothing said of a control socket. */
function byDefault(configuration: object, env: NodeJS.ProcessEnv = {}): RunningCommand {
  return keep(RunningCommand.start(configuration, [], { env: { TSUPERVISE_CONTROL_SOCKET: '', ...env } }))
}

describe('the control socket by default', () => {
  it('is in the runtime folder under the name of the run, for its owner alone, and goes with it', async () => {
    const base = sharedFolder()
    const own = name()
    const command = byDefault({ name: own, ...sleeper }, { XDG_RUNTIME_DIR: base })
    const opened = await command.event('control-opened')
    const path = isRoot ? `/run/tsupervise/${own}.sock` : join(base, 'tsupervise', `${own}.sock`)
    expect(opened).toMatchObject({ socket: path, mode: '0600' })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await ask(path, '/v1')).json).toMatchObject({ name: own, pid: command.pid })
    expect(await command.stop()).toEqual({ code: 0, signal: null })
    expect(existsSync(path)).toBe(false)
  })

  it('opens after the nodes were started', async () => {
    const command = byDefault({ name: name(), ...sleeper }, { XDG_RUNTIME_DIR: sharedFolder() })
    await command.event('control-opened')
    const story = command.story()
    expect(story.indexOf('node-starting')).toBeLessThan(story.indexOf('control-opened'))
  })

  it('belongs to the first of two with the same name; the second says so and runs without', async () => {
    const env = { XDG_RUNTIME_DIR: sharedFolder() }
    const own = name()
    const first = byDefault({ name: own, ...sleeper }, env)
    const { socket } = await first.event('control-opened')
    const second = byDefault({ name: own, ...sleeper }, env)
    const refused = await second.event('control-unavailable')
    expect(refused).toMatchObject({ level: 'warn', failureCode: 'in-use' })
    expect(refused.message).toContain(String(socket))
    await second.event('node-ready', 'sleeper')
    expect((await second.stop()).code).toBe(0)
    expect((await ask(String(socket), '/v1')).json).toMatchObject({ pid: first.pid })
  })

  it('is taken over from one that was killed', async () => {
    const env = { XDG_RUNTIME_DIR: sharedFolder() }
    const own = name()
    const first = byDefault({ name: own, ...sleeper }, env)
    const { socket } = await first.event('control-opened')
    first.signal('SIGKILL')
    await first.exit()
    expect(existsSync(String(socket))).toBe(true)
    const second = byDefault({ name: own, ...sleeper }, env)
    await second.event('control-opened')
    expect((await ask(String(socket), '/v1')).json).toMatchObject({ pid: second.pid })
  })

  it.skipIf(isRoot)('is done without where there is no runtime folder, which is a warning', async () => {
    const command = byDefault({ name: name(), ...sleeper }, { XDG_RUNTIME_DIR: '' })
    expect(await command.event('control-unavailable')).toMatchObject({ level: 'warn', failureCode: 'no-runtime-folder' })
    await command.event('node-ready', 'sleeper')
  })

  it('is none where that is said', async () => {
    const command = keep(RunningCommand.start({ ...sleeper, control: { socket: 'none' } }, [], { env: { TSUPERVISE_CONTROL_SOCKET: '' } }))
    await command.event('node-ready', 'sleeper')
    expect((await command.stop()).code).toBe(0)
    expect(command.story().filter((event) => event.startsWith('control'))).toEqual([])
  })
})

describe('a control socket that was asked for', () => {
  const refusalOf = async (socket: string, configuration: object = {}): Promise<string> => {
    const command = keep(RunningCommand.start({ ...sleeper, ...configuration }, ['--control-socket', socket]))
    expect(await command.exit()).toEqual({ code: 2, signal: null })
    expect(command.story('sleeper')).toEqual([])
    return command.stderr
  }

  it('is an error where somebody listens already, who goes on', async () => {
    const { command, socket } = await serve(sleeper)
    expect(await refusalOf(socket)).toContain(`somebody listens on ${socket} already`)
    expect((await ask(socket, '/v1')).json).toMatchObject({ pid: command.pid })
  })

  it('is an error where something else is in its place, which is left alone', async () => {
    const path = join(sharedFolder(), 'c.sock')
    writeFileSync(path, 'precious')
    expect(await refusalOf(path)).toContain('is no socket')
    expect(readFileSync(path, 'utf8')).toBe('precious')
  })

  it('is an error in a folder that others can write to, or with a path that is too long', async () => {
    const folder = join(sharedFolder(), 'open')
    mkdirSync(folder)
    const { chmodSync } = await import('node:fs')
    chmodSync(folder, 0o777)
    expect(await refusalOf(join(folder, 'c.sock'))).toContain('others can write')
    expect(await refusalOf(join(sharedFolder(), 'x'.repeat(120)))).toContain('longer than 107 bytes')
  })

  it('is an error with a group that is not there', async () => {
    expect(await refusalOf(join(sharedFolder(), 'c.sock'), { control: { group: 'no-such-group-here' } })).toContain('no-such-group-here')
  })

  it('gets its folder made, and replaces a stale one', async () => {
    const path = join(sharedFolder(), 'made', 'c.sock')
    mkdirSync(join(path, '..'))
    const server = createServer().listen(path)
    await gone(() => existsSync(path), 'a socket')
    const { spawnSync } = await import('node:child_process')
    const stale = `${path}.stale`
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`
    ])
    server.close()
    expect(existsSync(stale)).toBe(true)
    const command = keep(RunningCommand.start(sleeper, ['--control-socket', stale]))
    await command.event('control-opened')
    expect((await ask(stale, '/v1')).json).toMatchObject({ pid: command.pid })
  })
})
