import { expect, test } from 'vitest'
import { findTools, setprivFacility, setprivOptions } from '../../src/core/spawn/tools.ts'
import { Spawning } from '../helpers/spawning.ts'

const utilLinux =
  '--reuid <uid> --regid <gid> --clear-groups --keep-groups --init-groups --groups <group,...> --pdeathsig keep|clear|<signame>'
const busybox = '--nnp,--no-new-privs --inh-caps CAP,CAP --ambient-caps CAP,CAP'
const tools = { sh: '/bin/sh', env: undefined, prlimit: undefined, setpriv: undefined }
const withSetpriv = (help: string) => setprivFacility({ ...tools, setpriv: { path: '/bin/setpriv', options: setprivOptions(help) } })

test('what setpriv can do is told from its help', () => {
  expect(setprivOptions(utilLinux)).toEqual({ credentials: true, parentDeathSignal: true })
  expect(setprivOptions(busybox)).toEqual({ credentials: false, parentDeathSignal: false })
  expect(withSetpriv(utilLinux)).toEqual({ name: 'setpriv', available: true, detail: '' })
  expect(withSetpriv(busybox)).toMatchObject({ available: false, detail: expect.stringContaining('not the one of util-linux') })
  expect(withSetpriv(utilLinux.replace('--pdeathsig', ''))).toMatchObject({
    available: false,
    detail: expect.stringContaining('pdeathsig')
  })
  expect(setprivFacility(tools)).toMatchObject({ available: false, detail: expect.stringContaining('not installed') })
})

test('the tools of this system are absolute paths', () => {
  expect(findTools().sh).toMatch(/^\//)
  expect(findTools('').env).toMatch(/^\//)
})

test('without the tools a plain child still runs, and what needs them is named', async () => {
  const spawning = new Spawning({ tools })
  await (await spawning.run({ argv: ['echo', 'plain'] })).line('plain')
  const missing = { code: 'facility-missing' }
  const env = { PATH: process.env['PATH'] ?? '', 'a.b': 'c' }
  expect(await spawning.failure({ argv: ['true'], env })).toMatchObject(missing)
  expect(await spawning.failure({ argv: ['true'], rlimits: { core: { soft: 0, hard: 0 } } })).toMatchObject(missing)
  if (process.geteuid?.() === 0) {
    const credentials = { user: 'nobody', group: undefined, supplementaryGroups: undefined }
    expect(await spawning.failure({ argv: ['true'], credentials })).toMatchObject(missing)
  }
  await spawning.cleanUp()
})
