import { spawn } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accepted, declined, hello, MAX_GREETING_BYTES, readAnswer, readHello } from '../../src/client/bridge-greeting.ts'
import { BridgeError, bridgeConnection, explainExit } from '../../src/client/control/bridge-connection.ts'
import { sshOptions } from '../../src/client/control/ssh.ts'
import { distinctLabels, labelOf, readTarget } from '../../src/client/target.ts'
import { createSystemClock } from '../../src/core/clock.ts'

describe('the greeting', () => {
  test('each side understands the other', () => {
    expect(readHello(Buffer.from(`${hello()}GET /`))).toMatchObject({ kind: 'ok', rest: Buffer.from('GET /') })
    expect(readAnswer(Buffer.from(`${accepted()}HTTP`))).toMatchObject({ kind: 'ok', rest: Buffer.from('HTTP') })
    const failure = { code: 'ENOENT', message: 'none runs\nthere', next: 'Start one.' }
    expect(readAnswer(Buffer.from(declined(failure)))).toEqual({ kind: 'error', ...failure })
  })

  test('any split of what a login shell prints and the greeting gives the same', () => {
    const line = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !text.includes('tsupervise-bridge'))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), fc.string({ unit: 'binary' }), fc.nat(), (noise, rest, at) => {
        const bytes = Buffer.from(`${noise.map((text) => `${text}\n`).join('')}${accepted()}${rest}`)
        const greetingEnds = bytes.indexOf(accepted()) + accepted().length
        const cut = at % greetingEnds
        expect(readAnswer(bytes.subarray(0, cut))).toEqual({ kind: 'incomplete' })
        expect(readAnswer(bytes)).toEqual({ kind: 'ok', rest: Buffer.from(rest) })
      })
    )
  })

  test('other versions, other programs and endless noise are refused', () => {
    expect(readAnswer(Buffer.from('tsupervise-bridge 2 ok\n'))).toMatchObject({ kind: 'error', code: 'other-version' })
    expect(readHello(Buffer.from('tsupervise-bridge 2 3\n'))).toMatchObject({ kind: 'error', code: 'other-version' })
    expect(readHello(Buffer.from('tsupervise-bridge 2 1\n'))).toMatchObject({ kind: 'ok' })
    expect(readHello(Buffer.from('GET / HTTP/1.1\r\n'))).toMatchObject({ kind: 'error', code: 'no-greeting' })
    expect(readAnswer(Buffer.alloc(MAX_GREETING_BYTES + 1, 'x\n'))).toMatchObject({ kind: 'error', code: 'no-greeting' })
  })

  test('no bytes make either of them throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, tagged) => {
        const buffer = Buffer.concat([Buffer.from(tagged ? 'tsupervise-bridge 1 error ' : ''), bytes, Buffer.from('\n')])
        expect(['incomplete', 'ok', 'error']).toContain(readAnswer(buffer).kind)
        expect(['ok', 'error']).toContain(readHello(buffer).kind)
      })
    )
  })
})

describe('a connection through a program', () => {
  const through = (script: string) => {
    const program = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'pipe'] })
    const connection = bridgeConnection(program, 'web-01', createSystemClock())
    const ended = new Promise((resolve) => program.on('exit', resolve))
    return { connection, ended }
  }

  test('carries both ways, after whatever the shell said', async () => {
    const { connection, ended } = through(`echo welcome; read first; echo "$first ok"; cat`)
    connection.write('over and back')
    const chunk = await new Promise((resolve) => connection.once('data', resolve))
    expect(String(chunk)).toBe('over and back')
    connection.destroy()
    await ended
  })

  test.each([
    [
      'tsupervise is not there',
      'echo "sh: tsupervise: not found" >&2; exit 127',
      'not-installed',
      'web-01 has no tsupervise: sh: tsupervise: not found'
    ],
    [
      'ssh fails',
      'echo "ssh: connect to host web-01 port 22: Connection refused" >&2; exit 255',
      'ssh-failed',
      'ssh does not reach web-01: ssh: connect to host web-01 port 22: Connection refused'
    ],
    [
      'another version',
      'echo tsupervise-bridge 9 ok; cat',
      'other-version',
      'web-01: the other side speaks version 9 of the bridge, expected version 1'
    ],
    ['hostile words', `printf '\\033[2Jgone' >&2; exit 3`, 'bridge-failed', 'the bridge on web-01 failed: \\x1b[2Jgone']
  ])('%s', async (_, script, code, message) => {
    const { connection, ended } = through(script)
    const error = await new Promise((resolve) => connection.once('error', resolve))
    expect(error).toBeInstanceOf(BridgeError)
    expect(error).toMatchObject({ failure: { kind: 'unreachable', code, message } })
    await ended
  })

  test('a program that cannot be started', async () => {
    const program = spawn('/nowhere/ssh', [], { stdio: ['pipe', 'pipe', 'pipe'] })
    const error = await new Promise((resolve) => bridgeConnection(program, 'web-01', createSystemClock()).once('error', resolve))
    expect(error).toMatchObject({ failure: { code: 'no-ssh' } })
    expect(explainExit('web-01', null, '')).toMatchObject({ message: 'the bridge on web-01 failed: exit code unknown' })
  })
})

test('one connection for all bridges; with a screen on the terminal ssh asks nothing', () => {
  expect(sshOptions('/x/m', false).join(' ')).toContain('-o ControlMaster=auto -o ControlPath=/x/m -o ControlPersist=30')
  expect(sshOptions('/x/m', false).join(' ')).not.toContain('BatchMode')
  expect(sshOptions('/x/m', true).join(' ')).toContain('-o BatchMode=yes')
})

describe('targets', () => {
  test.each([
    ['web', { kind: 'name', name: 'web' }],
    ['./web', { kind: 'socket', path: './web' }],
    ['/run/x.sock', { kind: 'socket', path: '/run/x.sock' }],
    ['root@web-01', { kind: 'host', host: 'root@web-01', name: undefined }],
    ['root@web-01:api', { kind: 'host', host: 'root@web-01', name: 'api' }],
    ['web-01:', { kind: 'host', host: 'web-01', name: undefined }],
    ['web-01:api', { kind: 'host', host: 'web-01', name: 'api' }],
    ['root@[fe80::1%eth0]:api', { kind: 'host', host: 'root@fe80::1%eth0', name: 'api' }]
  ])('%s', (word, target) => expect(readTarget(word)).toEqual(target))

  test.each([
    '-oProxyCommand=x',
    '-web',
    'root@-oProxyCommand=x',
    '-l@web',
    '-x:',
    'a b@web',
    'root@web;id',
    'root@$(id)',
    'web:a b',
    'web:-x',
    '',
    'root@',
    ':web',
    'web\n'
  ])('%j is refused', (word) => expect(() => readTarget(word)).toThrow(/names no supervisor/))

  test('nothing that ssh or a shell would take for something else comes through', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('-', '@', ':', 'a', '.', ' ', ';', '$', '\n', '[', ']', '=') }), (word) => {
        let target: ReturnType<typeof readTarget>
        try {
          target = readTarget(word)
        } catch {
          return
        }
        if (target.kind === 'host') expect(target.host).toMatch(/^[A-Za-z0-9_][A-Za-z0-9@._:%+-]*$/)
        if (target.kind === 'host') expect(target.host).not.toContain('@-')
        if (target.kind === 'host' || target.kind === 'name') expect(target.name ?? 'x').toMatch(/^[A-Za-z0-9._][A-Za-z0-9._-]*$/)
      })
    )
  })

  test('labels are short and unlike one another', () => {
    expect(labelOf({ kind: 'host', host: 'root@web-01', name: 'api' })).toBe('web-01:api')
    expect(labelOf({ kind: 'socket', path: '/run/tsupervise/web.sock' })).toBe('web')
    expect(distinctLabels(['web', 'web', 'a/b'])).toEqual(['web', 'web#2', 'a_b'])
  })
})
