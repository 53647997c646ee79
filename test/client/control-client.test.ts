import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createControlClient } from '../../src/client/control/control-client.ts'
import { asUserError } from '../../src/client/control/failure.ts'
import { findSupervisor } from '../../src/client/control/find.ts'
import { judge } from '../../src/client/control/request.ts'
import { SILENCE_MS } from '../../src/client/control/stream.ts'
import { unixTransport } from '../../src/client/control/transport.ts'
import { createSystemClock } from '../../src/core/clock.ts'
import { UserError } from '../../src/core/errors.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { type Misbehaviour, startStandIn } from './control-stand-in.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'tsupervise-client-'))
  closers.push(() => rmSync(made, { recursive: true, force: true }))
  return made
}

async function standIn(misbehave: Misbehaviour = {}, path = join(folder(), 'web.sock')) {
  const server = await startStandIn(path, misbehave)
  closers.push(() => server.close())
  return server
}

const clientAt = (path: string) => createControlClient(unixTransport(path, 'web'), createSystemClock())

describe('errors say what, where, and what to do', () => {
  test('no socket', async () => {
    const path = join(folder(), 'web.sock')
    const answer = await clientAt(path).hello()
    expect(answer).toMatchObject({
      ok: false,
      error: { kind: 'unreachable', code: 'ENOENT', message: `no supervisor web runs here: ${path} does not exist` }
    })
    expect(!answer.ok && asUserError(answer.error)).toMatchObject({ exitCode: 3, next: expect.stringContaining('--control-socket') })
  })

  test('a socket that was left behind, and a file that is none', async () => {
    const at = folder()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(at, 'first.sock'), resolve))
    writeFileSync(join(at, 'file.sock'), '')
    // as after kill -9: the name stays, nobody listens
    renameSync(join(at, 'first.sock'), join(at, 'left.sock'))
    await new Promise((resolve) => server.close(resolve))
    expect(await clientAt(join(at, 'left.sock')).hello()).toMatchObject({ ok: false, error: { code: 'ECONNREFUSED', kind: 'unreachable' } })
    expect(await clientAt(join(at, 'file.sock')).hello()).toMatchObject({ ok: false, error: { kind: 'unreachable' } })
  })

  test('another version of the API', async () => {
    const { path } = await standIn({ api: 2 })
    expect(await clientAt(path).hello()).toMatchObject({
      ok: false,
      error: { code: 'other-version', message: 'web speaks version 2 of the control API, expected version 1' }
    })
  })

  test.each([
    ['no JSON', { status: 200, text: '<html>' }, 'bad-answer'],
    ['an error without words', { status: 503, text: '' }, 'http-503'],
    ['not allowed', { status: 403, text: '{"error":{"code":"denied","message":"not for uid 7","next":"Ask root."}}' }, 'denied']
  ])('%s', async (_, answer, code) => {
    const { path } = await standIn({ answer })
    expect(await clientAt(path).state()).toMatchObject({ ok: false, error: { code } })
  })

  test('what a server says reaches no terminal as more than words', async () => {
    const { path } = await standIn({
      answer: { status: 409, text: '{"error":{"code":"x","message":"\\u001b[2Jno\\nand no","next":"\\u0007"}}' }
    })
    const answer = await clientAt(path).state()
    expect(!answer.ok && asUserError(answer.error)).toMatchObject({ message: '\\x1b[2Jno\nand no', next: '\\x07', exitCode: 1 })
  })

  test('whatever a server answers is an answer or a failure', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, text) => {
        const result = judge('web', status, text)
        expect(result.ok ? status >= 200 && status < 300 : result.error.message.length > 0).toBe(true)
      })
    )
  })

  test('a server that never answers, and one that falls silent', async () => {
    const { path } = await standIn({ mute: true })
    const clock = new FakeClock()
    const client = createControlClient(unixTransport(path, 'web'), clock)
    const asked = client.state()
    clock.advance(10_000)
    expect(await asked).toMatchObject({ ok: false, error: { code: 'no-answer', message: 'web has not answered within 10 s' } })

    const silent = await standIn()
    const other = createControlClient(unixTransport(silent.path, 'web'), clock)
    const ends: string[] = []
    let snapshots = 0
    other.eventStream(
      { transient: true },
      {
        onMessage: () => {
          snapshots += 1
        },
        onEnd: ({ message }) => ends.push(message)
      }
    )
    await waitUntil(() => snapshots === 1, 'the snapshot')
    clock.advance(SILENCE_MS - 1)
    expect(ends).toEqual([])
    silent.write(': still here\n\n')
    // the comment has come when an event that was sent behind it has
    silent.write('event: snapshot\ndata: {}\n\n')
    await waitUntil(() => snapshots === 2, 'what was sent behind the comment')
    clock.advance(SILENCE_MS - 1)
    expect(ends).toEqual([])
    clock.advance(1)
    expect(ends).toEqual(['web has been silent for 15 s'])
  })
})

describe('which supervisor is meant', () => {
  const seekerIn = (base: string, env: Record<string, string> = {}) => ({
    env: { XDG_RUNTIME_DIR: base, ...env },
    uid: 12_345,
    systemFolder: join(base, 'none')
  })

  function runtimeFolder(): string {
    const base = folder()
    mkdirSync(join(base, 'tsupervise'))
    return base
  }

  test('a socket before a name, an option before a variable', async () => {
    const base = runtimeFolder()
    const seeker = seekerIn(base, { TSUPERVISE_NAME: 'fromenv' })
    const labels = await Promise.all(
      [{ controlSocket: '/x/a.sock', name: 'b' }, { name: 'b' }, {}].map(async (choice) => (await findSupervisor(choice, seeker)).label)
    )
    expect(labels).toEqual(['a', 'b', 'fromenv'])
    const both = seekerIn(base, { TSUPERVISE_NAME: 'fromenv', TSUPERVISE_CONTROL_SOCKET: '/x/c.sock' })
    expect((await findSupervisor({}, both)).label).toBe('c')
  })

  test('the only one that runs; a socket that was left behind does not count', async () => {
    const base = runtimeFolder()
    const at = (name: string) => join(base, 'tsupervise', `${name}.sock`)
    await expect(findSupervisor({}, seekerIn(base))).rejects.toThrow(/^no supervisor runs here: none in /)
    await standIn({}, at('web'))
    const left = createServer()
    await new Promise<void>((resolve) => left.listen(at('gone.tmp'), resolve))
    renameSync(at('gone.tmp'), at('gone'))
    await new Promise((resolve) => left.close(resolve))
    expect((await findSupervisor({}, seekerIn(base))).label).toBe('web')

    await standIn({}, at('api'))
    const error = await findSupervisor({}, seekerIn(base)).then(
      () => undefined,
      (reason: unknown) => reason
    )
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ exitCode: 3, next: expect.stringContaining('--name') })
    expect(String(error)).toMatch(/2 supervisors run here:\n {2}api .*\n {2}web /)
  })

  test('a name that is none', async () => {
    await expect(findSupervisor({ name: '../x' }, seekerIn(folder()))).rejects.toMatchObject({ exitCode: 2 })
  })
})
