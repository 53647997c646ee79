import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMAND } from '../helpers/command.ts'
import { describedNode } from '../helpers/fake-session.ts'
import { openPty } from '../helpers/pty.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { attachedOfTest, shows } from './attached.ts'

const { attach, folder: temporary, onEnd, standIn } = attachedOfTest()

describe('attached to a supervisor of this machine', () => {
  test('its screen; q leaves it as it is, and the terminal too', async () => {
    const server = await standIn(temporary(), 'web')
    const pty = attach([server.path])
    await shows(pty, 'node server.js')
    expect(pty.screen.text()).toContain('4211')
    server.emit({ type: 'node-added', description: describedNode('shipper') })
    await shows(pty, 'shipper')
    pty.type('q')
    expect(await pty.ended).toEqual({ code: 0, signal: undefined })
    expect({ alternate: pty.screen.alternate, cursor: pty.screen.cursorVisible }).toEqual({ alternate: false, cursor: true })
    expect(server.sent).toEqual([])
    await waitUntil(() => server.streams() === 0, 'the end of the stream')
  })

  test('Ctrl-C leaves it too, also while everything is being stopped', async () => {
    const server = await standIn(temporary(), 'web')
    server.emit({ type: 'shutdown-started', code: 0, reason: 'SIGTERM' })
    const pty = attach([server.path])
    await shows(pty, 'node server.js')
    pty.type('\x03')
    expect(await pty.ended).toEqual({ code: 0, signal: undefined })
    expect(server.sent).toEqual([])
  })

  test('commands with the same keys and the same question; the server is not told who asks', async () => {
    const server = await standIn(temporary(), 'web')
    const pty = attach([server.path])
    await shows(pty, 'node server.js')
    pty.type('x')
    await shows(pty, 'Stop api')
    pty.type('\r')
    await waitUntil(() => server.sent.length === 1, 'the command')
    expect(server.sent).toEqual([{ type: 'stop', node: 'api' }])
  })

  test.each([
    ['--read-only', ['--read-only'], {}],
    ['a user who may only look', [], { readOnly: true }]
  ])('%s: nothing is sent', async (_, args, misbehave) => {
    const server = await standIn(temporary(), 'web', misbehave)
    const pty = attach([server.path, ...args])
    await shows(pty, 'read only')
    await shows(pty, 'node server.js')
    pty.type('x')
    await shows(pty, 'no commands are sent from here')
    pty.type('q')
    await pty.ended
    expect(server.sent).toEqual([])
  })

  test('a lost connection is shown with its age, its processes as they were, and is found again', async () => {
    const server = await standIn(temporary(), 'web')
    const pty = attach([server.path])
    await shows(pty, 'node server.js')
    await server.leave()
    await pty.waitFor((text) => /web: connection lost [1-9]\d*s ago/.test(text), 'the age')
    expect(pty.screen.text()).toMatch(/api +4211 ●/)
    await server.listen()
    await pty.waitFor((text) => !text.includes('connection lost'), 'the connection again')
    expect(pty.screen.text()).toMatch(/api +4211 ●/)
  })

  test('Ctrl-Z gives the prompt back, and the screen is there again', async () => {
    const server = await standIn(temporary(), 'web')
    const shell = openPty({
      command: '/bin/bash',
      args: ['--norc', '-i'],
      env: { ...process.env, PS1: 'PROMPT> ', NO_COLOR: '1', LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' }
    })
    onEnd(async () => {
      shell.close()
      await shell.ended
    })
    await shows(shell, 'PROMPT>')
    shell.type(`${process.execPath} ${COMMAND} attach ${server.path}\r`)
    await shows(shell, 'node server.js')
    shell.type('\x1a')
    await shell.waitFor((text) => !shell.screen.alternate && /Stopped[\s\S]*PROMPT>\s*$/.test(text), 'the prompt')
    shell.type('fg\r')
    await shell.waitFor((text) => shell.screen.alternate && text.includes('node server.js'), 'the screen')
    shell.type('q')
    await shell.waitFor(() => !shell.screen.alternate, 'the shell')
    shell.type('exit\r')
    await shell.ended
  })

  test('a terminal that goes away ends it', async () => {
    const server = await standIn(temporary(), 'web')
    const pty = attach([server.path])
    await shows(pty, 'node server.js')
    pty.hangUp()
    await waitUntil(() => server.streams() === 0, 'the end of the stream')
  })

  test('SIGTERM gives the terminal back', async () => {
    const server = await standIn(temporary(), 'web')
    const pty = attach([server.path])
    await shows(pty, 'node server.js')
    pty.signal('SIGTERM')
    expect(await pty.ended).toEqual({ code: 143, signal: undefined })
    expect({ alternate: pty.screen.alternate, cursor: pty.screen.cursorVisible }).toEqual({ alternate: false, cursor: true })
  })

  test('kill -9 of an attached one changes nothing for the others', async () => {
    const server = await standIn(temporary(), 'web')
    const [one, other] = [attach([server.path]), attach([server.path])]
    await shows(one, 'node server.js')
    await shows(other, 'node server.js')
    one.signal('SIGKILL')
    await one.ended
    await waitUntil(() => server.streams() === 1, 'one stream')
    server.emit({ type: 'node-added', description: describedNode('shipper') })
    await shows(other, 'shipper')
  })

  test('without a supervisor, and without a terminal: an error and no screen', async () => {
    const folder = temporary()
    const pty = attach([join(folder, 'none.sock')])
    expect(await pty.ended).toMatchObject({ code: 3 })
    expect(pty.screen.text()).toContain('no supervisor none runs here')
    expect(pty.output()).not.toContain('\x1b[?1049h')
    const old = await standIn(folder, 'old', { api: 2 })
    const wrong = attach([old.path])
    expect(await wrong.ended).toMatchObject({ code: 3 })
    expect(wrong.screen.text()).toContain('speaks version 2 of the control API')
  })
})

describe('attached to other hosts through ssh', () => {
  /** An `ssh` that runs the command here; a host is a socket in the folder. What it was called with is in `calls`. */
  function fakeSsh(folder: string) {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    const log = join(folder, 'calls')
    writeFileSync(log, '')
    writeFileSync(
      join(bin, 'ssh'),
      `#!/bin/sh
echo "$*" >> ${log}
while [ "$1" != -- ]; do
  [ "$1" = -O ] && exit 0
  shift
done
host=\${2#*@}
shift 2
[ -e ${folder}/$host.sock ] || { echo "ssh: connect to host $host port 22: No route to host" >&2; exit 255; }
echo "Welcome to $host"
TSUPERVISE_CONTROL_SOCKET=${folder}/$host.sock exec /bin/sh -c "$*"
`
    )
    chmodSync(join(bin, 'ssh'), 0o755)
    return {
      env: { PATH: `${bin}:${process.env['PATH']}` },
      calls: () => readFileSync(log, 'utf8').trimEnd().split('\n')
    }
  }

  const remote = ['--remote-command', `${process.execPath} ${COMMAND}`]

  test('one host: the same screen and the same commands, one connection, nothing asked once there is a screen', async () => {
    const folder = temporary()
    const ssh = fakeSsh(folder)
    const server = await standIn(folder, 'web-01')
    const pty = attach(['root@web-01', ...remote], ssh.env)
    await shows(pty, 'node server.js')
    pty.type('x')
    await shows(pty, 'Stop api')
    pty.type('\r')
    await waitUntil(() => server.sent.length === 1, 'the command')
    pty.type('q')
    expect(await pty.ended).toMatchObject({ code: 0 })
    const calls = ssh.calls()
    const paths = new Set(calls.map((call) => /ControlPath=(\S+)/.exec(call)?.[1]))
    expect(paths.size).toBe(1)
    expect(calls.at(-1)).toMatch(/-O exit -- root@web-01$/)
    expect(calls[0]).not.toContain('BatchMode')
    expect(calls.slice(1).every((call) => call.includes('BatchMode=yes'))).toBe(true)
    expect(calls[0]).toMatch(/-- root@web-01 .*tsupervise\.js bridge$/)
  })

  test('several: a branch each in one tree; a command goes to its host alone; one that is lost says so and comes back', async () => {
    const folder = temporary()
    const ssh = fakeSsh(folder)
    const [first, second] = [await standIn(folder, 'web-01'), await standIn(folder, 'web-02')]
    const pty = attach(['root@web-01', 'web-02:', ...remote], ssh.env)
    await pty.waitFor(
      (text) => /▾ web-01 {2}1 of 1 running\n.*worker +api +4211[\s\S]*▾ web-02 {2}1 of 1 running\n.*worker +api +4211/.test(text),
      'two branches'
    )
    pty.type('\r')
    await pty.waitFor((text) => /▸ web-01 {2}1 of 1 running\n.*▾ web-02/.test(text), 'the first one folded')
    pty.type('x')
    await shows(pty, 'this is no node')
    pty.type('\r')
    pty.type('G')
    pty.type('x')
    await shows(pty, 'Stop web-02/api')
    pty.type('\r')
    await waitUntil(() => second.sent.length === 1, 'the command')
    expect(second.sent).toEqual([{ type: 'stop', node: 'api' }])
    expect(first.sent).toEqual([])

    await first.leave()
    await pty.waitFor((text) => /web-01: connection lost \d+s ago\n/.test(text), 'the loss')
    expect(pty.screen.text()).toMatch(/▾ web-01 {2}connection lost \d+s ago, 1 of 1 ran then: /)
    second.emit({ type: 'node-added', description: describedNode('log') })
    await shows(pty, 'extension log')
    expect(pty.screen.text()).toMatch(/web-01.*\n.*worker +api +4211 ●/)
    await first.listen()
    await pty.waitFor((text) => !text.includes('connection lost'), 'the connection again')
  })

  test('a host that cannot be reached: an error when it is the only one, else shown and tried again', async () => {
    const folder = temporary()
    const ssh = fakeSsh(folder)
    const alone = attach(['web-09:', ...remote], ssh.env)
    expect(await alone.ended).toMatchObject({ code: 3 })
    expect(alone.screen.text()).toContain('ssh does not reach web-09: ssh: connect to host web-09')

    await standIn(folder, 'web-01')
    const pty = attach(['web-01:', 'web-09:', ...remote], ssh.env)
    await shows(pty, '▾ web-01')
    await shows(pty, 'web-09: connection lost')
    await standIn(folder, 'web-09')
    await shows(pty, '▾ web-09')
    expect(pty.screen.text()).not.toContain('connection lost')
  })

  test('a supervisor of that name does not run there; tsupervise is not there', async () => {
    const folder = temporary()
    const ssh = fakeSsh(folder)
    await standIn(folder, 'web-01')
    const unknown = attach(['web-01:nobody', ...remote], ssh.env)
    expect(await unknown.ended).toMatchObject({ code: 3 })
    expect(unknown.screen.text()).toContain('no supervisor nobody runs here')
    const missing = attach(['web-01:', '--remote-command', '/nowhere/tsupervise'], ssh.env)
    expect(await missing.ended).toMatchObject({ code: 3 })
    expect(missing.screen.text()).toContain('web-01 has no tsupervise')
  })

  test('a host that is an option is refused before ssh is called', async () => {
    const ssh = fakeSsh(temporary())
    const pty = attach(['--', '-oProxyCommand=touch x'], ssh.env)
    expect(await pty.ended).toMatchObject({ code: 2 })
    expect(ssh.calls()).toEqual([''])
  })
})
