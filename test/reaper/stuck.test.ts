import { existsSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSignaller } from '../../src/core/stop/signal.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping } from './reaping.ts'

needsOwnUid()

let reaping: Reaping
beforeEach(() => {
  reaping = new Reaping()
})
afterEach(() => reaping.dispose())

test('what would not die does not hold up the end, is told as stuck, and not told of any more', async () => {
  const signaller = createSignaller()
  // a process in uninterruptible sleep takes a signal and lives on
  await reaping.start({
    signaller: { ...signaller, signal: () => 'sent' },
    policy: { signal: 'SIGKILL', graceMs: 0, scope: 'child', mode: 'act' }
  })
  const { parent, child } = await reaping.family()
  await reaping.send(parent.pid, child.pid, REGISTER)
  killIdentity(parent)
  await reaping.event('orphan-acting')
  expect(reaping.reaper?.list({ type: 'orphans', from: 0, most: 1 }).pairs).toMatchObject([{ standing: { kind: 'acting' } }])
  await reaping.close()
  expect(reaping.of('orphan-acted')).toMatchObject([{ outcome: 'stuck', receipt: { survivors: [{ pid: child.pid }] } }])
  const [told, closedAt] = [reaping.told.length, performance.now()]
  killIdentity(child)
  await waitUntil(() => !isAlive(child), 'the child to end')
  // the ladder looks at it once more every half second
  await waitUntil(() => performance.now() - closedAt > 700, 'the ladder to have looked')
  expect(reaping.told).toHaveLength(told)
  // it is taken up again by the next supervisor
  expect(existsSync(reaping.journal)).toBe(true)
})
