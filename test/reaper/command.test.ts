import { chownSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { RunningCommand, type StartOptions } from '../helpers/command.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping, type ScriptedClient } from './reaping.ts'

needsOwnUid()

const isRoot = process.getuid?.() === 0
const ANNA = { uid: 23_401, gid: 23_401 }

/** Clients and families come from here; its own reaper is never started. */
let outside: Reaping
const commands: RunningCommand[] = []
beforeEach(() => {
  outside = new Reaping()
})
afterEach(async () => {
  for (const command of commands.splice(0)) await command.dispose()
  await outside.dispose()
})

const SLEEPER = { worker: { command: ['sleep', '1000'], restart: 'never' } }

function start(orphans: object, args: readonly string[] = [], options: StartOptions = {}): RunningCommand {
  const command = RunningCommand.start({ ...SLEEPER, orphans }, args, options)
  commands.push(command)
  return command
}

const client = (address: string, wrapper: readonly string[] = []): Promise<ScriptedClient> =>
  outside.script(wrapper, { cwd: '/', env: { ORPHAND_SOCKET: address } })

const gone = (process: Identity): Promise<true> => waitUntil(() => !isAlive(process), `process ${process.pid} to end`)

describe('the command', () => {
  test('takes registrations, ends orphans, and gives a line for each of it', async () => {
    const address = join(outside.folder, 'socket')
    const command = start({ socket: address })
    await command.event('orphan-socket-opened')
    const family = await outside.family()
    const one = await client(address)
    await one.send(family.parent.pid, family.child.pid, REGISTER)
    killIdentity(family.parent)
    await gone(family.child)
    const acted = await command.event('orphan-acted')
    expect(acted).toMatchObject({ pid: family.child.pid, outcome: 'ended' })
    expect(acted.message).toMatch(new RegExp(`^orphan ${family.child.pid} stopped: its parent ${family.parent.pid} is dead, .*TERM, gone`))
    expect(command.story().filter((event) => event.startsWith('orphan'))).toEqual([
      'orphan-socket-opened',
      'orphan-registered',
      'orphan-acting',
      'orphan-acted'
    ])
    expect((await command.stop()).code).toBe(0)
  })

  test('tells its children where the socket is', async () => {
    const address = join(outside.folder, 'socket')
    const command = start({ socket: address }, ['--', 'sh', '-c', 'echo "socket=$ORPHAND_SOCKET"; exec sleep 1000'])
    expect(await command.line('worker', /socket=/)).toBe(`socket=${address}`)
  })

  test('killed with -9 it forgets nothing that a ping confirmed', async () => {
    const address = join(outside.folder, 'socket')
    const first = start({ socket: address })
    await first.event('orphan-socket-opened')
    const families = [await outside.family(), await outside.family(), await outside.family()]
    const one = await client(address)
    for (const { parent, child } of families) await one.send(parent.pid, child.pid, REGISTER)
    const [lives, dies, released] = families
    if (lives === undefined || dies === undefined || released === undefined) throw new Error('no families')
    await one.send(released.parent.pid, released.child.pid, 2)
    first.signal('SIGKILL')
    await first.exit()
    for (const { parent } of [dies, released]) killIdentity(parent)
    await gone(dies.parent)
    expect(isAlive(dies.child)).toBe(true)
    const second = start({ socket: address }, [], { env: { TSUPERVISE_STATE_DIR: first.stateFolder } })
    expect(await second.event('orphan-socket-opened')).toMatchObject({ restored: 2 })
    await gone(dies.child)
    expect(isAlive(lives.child)).toBe(true)
    killIdentity(lives.parent)
    await gone(lives.child)
    expect(isAlive(released.child)).toBe(true)
  })

  test('refuses to start where another one listens, or has the lock', async () => {
    const address = join(outside.folder, 'socket')
    const lockfile = join(outside.folder, 'lock')
    const first = start({ socket: address, lockfile })
    await first.event('orphan-socket-opened')
    const second = start({ socket: address })
    expect((await second.exit()).code).toBe(2)
    expect(second.stderr).toContain(`somebody listens on ${address} already`)
    if (libc() === undefined) return
    const third = start({ socket: `${address}3`, lockfile })
    expect((await third.exit()).code).toBe(2)
    expect(third.stderr).toContain('locked by another process')
    expect((await client(address)).lines[0]).toContain('connected')
  })

  test('does not let its guardian be ended', async () => {
    const address = join(outside.folder, 'socket')
    const command = start({ socket: address })
    await command.event('orphan-socket-opened')
    const guardian = command.guardian()
    if (guardian === undefined) throw new Error('no guardian')
    const one = await client(address)
    await one.send(4_194_303, guardian.pid, REGISTER)
    expect(await command.event('orphan-refused')).toMatchObject({ reason: 'guardian' })
    expect(isAlive(guardian)).toBe(true)
  })

  test('without native calls: for the owner alone, and found by the sweep', async () => {
    const address = join(outside.folder, 'socket')
    const command = start({ socket: address, socketMode: '0666', interval: '100ms' }, [], { env: { TSUPERVISE_NATIVE: '0' } })
    expect(await command.event('orphan-socket-opened')).toMatchObject({ mode: '0600' })
    const family = await outside.family()
    const one = await client(address)
    await one.send(family.parent.pid, family.child.pid, REGISTER)
    expect(await command.event('orphan-registered')).toMatchObject({ deaths: 'sweep' })
    killIdentity(family.parent)
    await gone(family.child)
  })

  test('in a dry run it tells what it would do, and signals nothing', async () => {
    const address = join(outside.folder, 'socket')
    const command = start({ socket: address }, ['--dry-run'])
    await command.event('orphan-socket-opened')
    const family = await outside.family()
    const one = await client(address)
    await one.send(family.parent.pid, family.child.pid, REGISTER)
    killIdentity(family.parent)
    expect(await command.event('orphan-acted')).toMatchObject({ outcome: 'observed', mode: 'would-stop', pid: family.child.pid })
    expect(isAlive(family.child)).toBe(true)
  })

  test('at its end it acts on parents that died with it', async () => {
    const address = join(outside.folder, 'socket')
    const command = start({ socket: address }, ['--', 'sleep', '1000'])
    await command.event('orphan-socket-opened')
    await command.event('node-started')
    const worker = command.leader('worker')
    const family = await outside.family()
    const one = await client(address)
    await one.send(worker.pid, family.child.pid, REGISTER)
    expect((await command.stop()).code).toBe(0)
    expect(isAlive(family.child)).toBe(false)
  })
})

describe.skipIf(!isRoot || libc() === undefined)('the supervisor of an ordinary user (needs root to be several)', () => {
  test("ends what is its user's own, for the user and for root; nobody else may say anything", async () => {
    const address = `@tsupervise-own-${process.pid}`
    chownSync(outside.folder, ANNA.uid, ANNA.gid)
    const as = (uid: number): string[] => ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']
    const command = start({ socket: address }, [], { wrapper: as(ANNA.uid), owner: ANNA })
    await command.event('orphan-socket-opened')
    const own = () => outside.family(undefined, { ...ANNA, cwd: '/' })
    const [byAnna, byRoot, berts] = [await own(), await own(), await outside.family(undefined, { uid: 23_402, gid: 23_402, cwd: '/' })]
    const anna = await client(address, as(ANNA.uid))
    const root = await client(address)
    const bert = await client(address, as(23_402))
    await anna.send(byAnna.parent.pid, byAnna.child.pid, REGISTER)
    await root.send(byRoot.parent.pid, byRoot.child.pid, REGISTER)
    await bert.send(byAnna.parent.pid, byAnna.child.pid, REGISTER)
    await bert.send(berts.parent.pid, berts.child.pid, REGISTER)
    await root.send(berts.parent.pid, berts.child.pid, REGISTER)
    await bert.send(byAnna.parent.pid, byAnna.child.pid, 2)
    await command.event('orphan-refused', undefined, 4)
    expect(command.of('orphan-refused').map(({ reason }) => reason)).toEqual([
      'other-user',
      'not-ours-to-signal',
      'not-ours-to-signal',
      'other-registrant'
    ])
    for (const { parent } of [byAnna, byRoot, berts]) killIdentity(parent)
    await Promise.all([gone(byAnna.child), gone(byRoot.child)])
    expect(isAlive(berts.child)).toBe(true)
  })
})

test('the schema knows the section', () => {
  const schema = readFileSync(new URL('../../schema/tsupervise.schema.json', import.meta.url), 'utf8')
  expect(schema).toContain('"socketMode"')
})
