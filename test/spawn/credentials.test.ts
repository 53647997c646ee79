import { afterAll, describe, expect, test } from 'vitest'
import { entryIn, resolveWho } from '../../src/core/spawn/users.ts'
import { Spawning } from '../helpers/spawning.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const passwd = 'root:x:0:0:root:/root:/bin/sh\n# remark\nshort:x\nweb:x:1000:1001:,,,:/home/web:/bin/sh\n1000:x:2000:2000::/:/bin/sh\n'
const group = 'root:x:0:\nweb:x:1001:\nlogs:x:1002:web\n'
const directory = (database: 'passwd' | 'group', key: string) => entryIn(database === 'passwd' ? passwd : group, key)
const asked = (user?: string, main?: string, supplementaryGroups?: string[]) =>
  resolveWho({ user, group: main, supplementaryGroups }, directory, 0)

describe('whom a program runs as', () => {
  test('nothing asked, nothing changed', () => expect(asked()).toEqual({ ok: true, value: undefined }))
  test('a user brings its group and its groups', () =>
    expect(asked('web')).toEqual({ ok: true, value: { uid: 1000, gid: 1001, groups: { kind: 'initgroups' } } }))
  test('a name goes before a number', () => expect(asked('1000')).toMatchObject({ value: { uid: 2000 } }))
  test('a group of its own, and no further ones', () =>
    expect(asked('web', 'logs', [])).toEqual({ ok: true, value: { uid: 1000, gid: 1002, groups: { kind: 'list', gids: [] } } }))
  test('only a group keeps the user', () =>
    expect(asked(undefined, 'logs')).toEqual({ ok: true, value: { uid: undefined, gid: 1002, groups: { kind: 'keep' } } }))
  test('a number that is not listed needs a group, so that it does not keep that of root', () => {
    expect(asked('4321')).toMatchObject({ ok: false, error: { code: 'no-such-group' } })
    expect(asked('4321', '99')).toEqual({ ok: true, value: { uid: 4321, gid: 99, groups: { kind: 'list', gids: [] } } })
  })
  test('what does not exist is named', () => {
    expect(asked('nemo')).toMatchObject({ error: { code: 'no-such-user' } })
    expect(asked('short')).toMatchObject({ error: { code: 'no-such-user' } })
    expect(asked('web', 'nemo')).toMatchObject({ error: { code: 'no-such-group' } })
    expect(asked('web', undefined, ['logs', 'nemo'])).toMatchObject({ error: { code: 'no-such-group' } })
    expect(asked('99999999999')).toMatchObject({ error: { code: 'no-such-user' } })
  })
  test('only root may become somebody else; oneself is no change', () => {
    expect(resolveWho({ user: 'root', group: undefined, supplementaryGroups: undefined }, directory, 1000)).toMatchObject({
      error: { code: 'EPERM' }
    })
    expect(resolveWho({ user: 'web', group: undefined, supplementaryGroups: undefined }, directory, 1000)).toEqual({
      ok: true,
      value: undefined
    })
  })
})

const spawning = new Spawning()
afterAll(() => spawning.cleanUp())

test.skipIf(process.geteuid?.() !== 0)('a program runs as its user, with its groups and no rights of root (needs root)', async () => {
  const ids = 'id -u; id -g; id -G; grep CapEff /proc/self/status'
  const run = await spawning.run({
    argv: ['sh', '-c', ids],
    credentials: { user: 'nobody', group: undefined, supplementaryGroups: ['1', '2'] }
  })
  await waitUntil(
    () => run.lines.length === 4,
    () => `four lines, not ${run.lines}`
  )
  const gid = run.lines[1]
  expect(run.lines).toEqual(['65534', gid, `${gid} 1 2`, 'CapEff:\t0000000000000000'])
})
