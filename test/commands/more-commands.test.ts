import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMAND } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { identityOf, isAlive, killIdentity, TestProcesses } from '../helpers/processes.ts'
import { openPty } from '../helpers/pty.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { call } from './call.ts'
import { superviseWorld } from './world.ts'

const commands = commandsOfTest()

describe('pairs', () => {
  needsOwnUid()

  test('register, orphans and unregister; the child ends with its parent', async () => {
    const { command, on } = await superviseWorld(commands)
    const processes = new TestProcesses()
    const [parent, child, other] = ['10', '11', '12'].map((time) => processes.spawn('/bin/sleep', [`10${time}`]).pid ?? 0)
    try {
      expect((await on('orphans')).stdout).toBe('no pairs are registered\n')
      const [start, childStart] = [identityOf(parent ?? 0)?.startTime ?? 0, identityOf(child ?? 0)?.startTime ?? 0]
      expect(await on('register', `${parent}:${start}`, `${child}:${childStart + 1}`)).toMatchObject({ code: 1, stdout: '' })
      expect(
        await on('register', `${parent}:${start}`, `${child}:${childStart}`, '--signal', 'INT', '--grace=1s', '--scope', 'child')
      ).toEqual({
        code: 0,
        stdout: `${child} ends when ${parent} dies\n`,
        stderr: ''
      })
      expect((await on('register', String(parent), String(other))).code).toBe(0)
      const table = (await on('orphans')).stdout
      expect(table).toMatch(
        new RegExp(`^ *CHILD +PARENT +STATE .*\\n *${child} +${parent} +armed +INT +1s +child .*sleep 1011 < /bin/sleep 1010`)
      )
      expect(JSON.parse((await on('orphans', '--json')).stdout)).toMatchObject([{ child: { pid: child } }, { child: { pid: other } }])
      expect((await on('unregister', String(parent), String(other))).code).toBe(0)
      expect((await on('unregister', String(parent), String(other))).code).toBe(1)

      const [doomed, kept] = [identityOf(child ?? 0), identityOf(other ?? 0)]
      const dying = identityOf(parent ?? 0)
      if (doomed === undefined || kept === undefined || dying === undefined) throw new Error('they live')
      killIdentity(dying)
      await waitUntil(
        () => !isAlive(doomed),
        () => `the child to end; ${command.log()}`
      )
      expect(isAlive(kept)).toBe(true)
    } finally {
      processes.cleanUp()
    }
  })

  test.each([
    ['register'],
    ['register 1'],
    ['register x 2'],
    ['register 1 2 3'],
    ['register 1:5 2'],
    ['register 1 2 --scope all'],
    ['unregister 0 1']
  ])('%s: usage', async (words) => expect((await call(words.split(' '))).code).toBe(2))
})

test('ping: echoes of a reaper; without one 3, without an address 2', async () => {
  const command = commands.prepare()
  const orphans = join(command.folder, 'orphan.sock')
  command.launch(['--no-ui', '--log-format', 'json', '--orphan-socket', orphans, '--', '/bin/sleep', '1000'])
  await command.event('orphan-socket-opened')
  expect(await call(['ping', '--orphan-socket', orphans])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^1 of 1 echoes from .*: \d+\.\d\d ms\n$/)
  })
  expect(await call(['ping', '--count', '50'], { ORPHAND_SOCKET: orphans })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^50 of 50 .*median/)
  })
  expect(await call(['ping', '--orphan-socket', `${orphans}.none`])).toMatchObject({ code: 3, stderr: expect.stringContaining('ENOENT') })
  expect((await call(['ping'])).code).toBe(2)
})

describe('reload', () => {
  test('says what changes, and does it only when it is meant', async () => {
    const { command, on, file } = await superviseWorld(commands)
    expect(await on('reload', '--dry-run')).toEqual({ code: 0, stdout: 'nothing changes\n', stderr: '' })
    writeFileSync(
      file,
      JSON.stringify({
        name: 'web',
        worker: { name: 'api', command: ['/bin/sleep', '999'] },
        extensions: { more: { command: ['/bin/sleep', '998'] } }
      })
    )
    const asked = await on('reload', '--dry-run')
    expect(asked.code).toBe(0)
    expect(asked.stdout).toMatch(/^api: restarts\n {2}.*sleep.*999/m)
    expect(asked.stdout).toMatch(/^more: starts$/m)
    expect(command.of('node-started', 'more')).toEqual([])
    const before = command.leader('api')
    expect(await on('reload')).toEqual(asked)
    await command.event('node-started', 'more')
    await command.event('node-started', 'api', 2)
    expect(isAlive(before)).toBe(false)
  })

  test('an invalid file changes nothing and says why', async () => {
    const { command, on, file } = await superviseWorld(commands)
    writeFileSync(file, '{"name": "web", "wroker": {}}')
    const { code, stderr, stdout } = await on('reload')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('wroker')
    expect(isAlive(command.leader('api'))).toBe(true)
  })
})

test('status --watch: again after every change, and told when the supervisor is lost', async () => {
  const { command, on, socket } = await superviseWorld(commands)
  const pty = openPty({
    command: process.execPath,
    args: [COMMAND, 'status', '--watch', '--control-socket', socket],
    columns: 80,
    rows: 24,
    env: { ...process.env, LC_ALL: 'C.UTF-8' }
  })
  await pty.waitFor((text) => /api +worker +running/.test(text), 'the first picture')
  // an attached reader wants fresh samples
  await pty.waitFor((text) => /api +worker +running +\d+ +[\d.]+ +\S+/.test(text), 'a sample')
  await on('stop', 'api', '--wait')
  await pty.waitFor((text) => /api +worker +stopped +- /.test(text), 'the stop')
  command.signal('SIGKILL')
  await pty.waitFor((text) => /^connection lost \d+ s ago, shown as it was/.test(text) && /api +worker +stopped/.test(text), 'the loss')
  pty.type('\x03')
  expect(await pty.ended).toMatchObject({ signal: 2 })
})

test('nothing that a terminal would act on reaches it, whatever nodes write', async () => {
  const { socket, on } = await superviseWorld(commands)
  await waitUntil(async () => (await on('logs', 'api')).stdout.includes('red'), 'its output')
  const pty = openPty({ command: process.execPath, args: [COMMAND, 'logs', 'api', '--control-socket', socket], env: process.env })
  await pty.ended
  expect(pty.output()).toContain('\\x1b[31mred')
  expect(pty.output().replace(/\r?\n/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
})

test('shutdown --force kills at once', async () => {
  const stubborn = { command: ['/bin/sh', '-c', "trap '' TERM; echo ready; while :; do sleep 1; done"], stop: { commandedGrace: '1h' } }
  const { command, on } = await superviseWorld(commands, { extensions: { stubborn } })
  await command.line('stubborn', /ready/)
  expect(await on('shutdown', '--wait=300ms')).toMatchObject({ code: 4, stderr: expect.stringContaining('still stopping after 0.3 s') })
  expect(await on('shutdown', '--force', '--wait')).toMatchObject({ code: 0 })
  await command.exit()
})

test('kill -9 of the supervisor: everybody who follows it is told, and the socket that it left is taken by the next one', async () => {
  const { command, on, socket, file } = await superviseWorld(commands)
  const follower = spawn(process.execPath, [COMMAND, 'events', '-f', '--control-socket', socket], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  follower.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = new Promise((resolve) => follower.on('exit', resolve))
  await new Promise((resolve) => follower.stdout.once('data', resolve))
  command.signal('SIGKILL')
  expect(await ended).toBe(3)
  // what is past is printed before the stream is opened, so the end may come before it
  expect(said).toMatch(/web (ended the stream|closed the connection)|no supervisor web runs here/)
  expect(existsSync(socket)).toBe(true)
  expect(await on('status')).toMatchObject({ code: 3, stderr: expect.stringContaining('nobody listens at') })
  const next = commands.prepare()
  next.launch(['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket])
  await waitUntil(
    async () => (await on('status')).code === 0,
    () => `the next one; ${next.stderr} ${next.log()}`
  )
})
