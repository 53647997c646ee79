import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OrphanCommand } from '../../src/core/commands.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import type { RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { type DrivenRun, driveRun } from '../helpers/driven-run.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { Reaping } from './reaping.ts'

needsOwnUid()

const commands = commandsOfTest()
const OWN = process.getuid?.() ?? 0
const SLEEPER = { worker: { command: ['sleep', '1000'], restart: 'never' } }
/** Ends a second after SIGTERM at the earliest. */
const STUBBORN = 'sh -c \'trap "" TERM; while :; do sleep 1000; done\' & sleep 0.2; echo $!'

/** Families come from here; its own reaper is never started. */
let outside: Reaping
beforeEach(() => {
  outside = new Reaping()
})
afterEach(() => outside.dispose())

type Terms = Partial<Pick<Extract<OrphanCommand, { type: 'register' }>, 'signal' | 'graceMs' | 'scope'>>

const register = (run: DrivenRun, parent: Identity, child: Identity, terms: Terms = {}) =>
  run.ask({
    type: 'register',
    parent: parent.pid,
    child: child.pid,
    expect: { parentStart: parent.startTime, childStart: child.startTime },
    signal: undefined,
    graceMs: undefined,
    scope: undefined,
    uid: OWN,
    ...terms
  })

const journalOf = (command: RunningCommand): string => join(command.stateFolder, 'orphans.journal')

const pairsOf = async (run: DrivenRun) => (await run.query({ type: 'orphans', from: 0, most: 10 })).pairs

describe('a run without --orphan-socket', () => {
  test('takes a registration by command, acts, and leaves nothing behind', async () => {
    const run = driveRun(commands, SLEEPER)
    await run.command.event('node-started')
    const { parent, child } = await outside.family()
    expect(await pairsOf(run)).toEqual([])
    expect(await run.ask({ type: 'unregister', parent: parent.pid, child: child.pid, uid: OWN })).toMatchObject({ code: 'not-registered' })
    expect(existsSync(journalOf(run.command))).toBe(false)
    expect(await register(run, parent, child, { signal: 'SIGINT' })).toMatchObject({ ok: true })
    expect(await pairsOf(run)).toMatchObject([{ parent, child, signal: 'SIGINT', graceMs: 5000, scope: 'tree' }])
    expect(readFileSync(journalOf(run.command), 'latin1')).toContain(` ${child.pid} ${child.startTime} ${OWN} SIGINT 5000 tree `)
    expect(run.command.of('orphan-registered')[0]?.message).toMatch(
      new RegExp(`^orphan registered: ${child.pid} sleep 1000 ends when ${parent.pid} sleep 1000 dies, for uid ${OWN}, test; SIGINT, 5 s`)
    )
    killIdentity(parent)
    expect(await run.command.event('orphan-acted')).toMatchObject({ outcome: 'ended', reasonTermsSignal: 'SIGINT', pid: child.pid })
    expect((await run.command.stop()).code).toBe(0)
    expect(existsSync(journalOf(run.command))).toBe(false)
    expect(run.command.of('orphan-socket-opened')).toEqual([])
  })

  test('killed with -9 and started again: what was registered counts, with its terms', async () => {
    const first = driveRun(commands, SLEEPER)
    const [lives, dies] = [await outside.family(), await outside.family()]
    for (const { parent, child } of [lives, dies]) await register(first, parent, child, { signal: 'SIGKILL' })
    first.command.signal('SIGKILL')
    await first.command.exit()
    killIdentity(dies.parent)
    await waitUntil(() => !isAlive(dies.parent), 'the parent to end')
    expect(isAlive(dies.child)).toBe(true)
    const second = driveRun(commands, SLEEPER, { env: { TSUPERVISE_STATE_DIR: first.command.stateFolder } })
    expect(await second.command.event('orphan-socket-opened')).toMatchObject({
      restored: 2,
      message: 'orphans; 2 registrations of an earlier run'
    })
    expect(await second.command.event('orphan-acted')).toMatchObject({ reasonTermsSignal: 'SIGKILL', pid: dies.child.pid })
    expect(await pairsOf(second)).toMatchObject([{ child: lives.child, signal: 'SIGKILL' }])
    killIdentity(lives.parent)
    await second.command.event('orphan-acted', undefined, 2)
  })

  test('numbers its receipts together with those of nodes', async () => {
    const run = driveRun(commands, SLEEPER)
    await run.command.event('node-started')
    const families = [await outside.family(), await outside.family()]
    for (const { parent, child } of families) await register(run, parent, child)
    for (const [index, { child }] of families.entries()) {
      await run.ask({ type: 'end-orphan', child, uid: OWN })
      await run.command.event('orphan-acted', undefined, index + 1)
      if (index > 0) continue
      await run.ask({ type: 'restart', node: 'worker' })
      await run.command.event('node-started', 'worker', 2)
    }
    const receipts = ['orphan-acted', 'receipt-closed'].flatMap((type) => run.command.of(type).map(({ receipt }) => [receipt, type]))
    expect(Object.fromEntries(receipts)).toMatchObject({ 1: 'orphan-acted', 2: 'receipt-closed', 3: 'orphan-acted' })
    expect(run.command.of('receipt-opened').map(({ receipt }) => receipt)).toEqual([1, 2, 3])
  })
})

describe('the end of a run', () => {
  test('comes after the last ladder', async () => {
    const run = driveRun(commands, SLEEPER)
    await run.command.event('node-started')
    const { parent, child } = await outside.family(STUBBORN)
    await register(run, parent, child, { graceMs: 700, scope: 'child' })
    killIdentity(parent)
    await run.command.event('orphan-acting')
    expect((await run.command.stop()).code).toBe(0)
    expect(isAlive(child)).toBe(false)
    const story = run.command.story()
    expect(story.indexOf('orphan-acted')).toBeGreaterThan(story.indexOf('shutdown-started'))
    expect(story.slice(-2)).toEqual(['orphan-acted', 'supervisor-ended'])
  })

  test('is not held up by a long grace when it is asked for twice', async () => {
    const run = driveRun(commands, SLEEPER)
    await run.command.event('node-started')
    const { parent, child } = await outside.family(STUBBORN)
    await register(run, parent, child, { graceMs: 3_600_000, scope: 'child' })
    killIdentity(parent)
    await run.command.event('orphan-acting')
    run.command.signal('SIGTERM')
    await run.command.event('node-stopped')
    expect(isAlive(child)).toBe(true)
    run.command.signal('SIGTERM')
    expect((await run.command.exit()).code).toBe(0)
    expect(isAlive(child)).toBe(false)
    expect(run.command.of('orphan-acted')[0]).toMatchObject({ outcome: 'ended' })
  })

  test('takes no more registrations', async () => {
    const run = driveRun(commands, SLEEPER)
    await run.command.event('node-started')
    const [one, two] = [await outside.family(STUBBORN), await outside.family()]
    await register(run, one.parent, one.child, { graceMs: 1000, scope: 'child' })
    killIdentity(one.parent)
    run.command.signal('SIGTERM')
    await run.command.event('node-stopped')
    expect(await register(run, two.parent, two.child)).toMatchObject({ ok: false, code: 'shutting-down' })
    await run.command.exit()
    expect(isAlive(two.child)).toBe(true)
  })
})

test('hooks and probes are told where the socket is', async () => {
  const socket = join(outside.folder, 'socket')
  const said = join(outside.folder, 'said')
  const command = commands.start({
    worker: {
      command: ['sleep', '1000'],
      ready: { exec: ['sh', '-c', `echo "probe $ORPHAND_SOCKET" >> ${said}`], interval: '50ms' }
    },
    orphans: { socket },
    hooks: [{ on: ['node-ready'], command: ['sh', '-c', `echo "hook $ORPHAND_SOCKET" >> ${said}`] }]
  })
  await command.event('hook-ended')
  const lines = readFileSync(said, 'utf8').trim().split('\n')
  expect(new Set(lines)).toEqual(new Set([`probe ${socket}`, `hook ${socket}`]))
})
