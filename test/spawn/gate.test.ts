import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { findTools } from '../../src/core/spawn/tools.ts'
import { nodeSettings } from '../helpers/node-settings.ts'
import { identityOf, killIdentity } from '../helpers/processes.ts'
import { Spawning } from '../helpers/spawning.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsupervise-gate-'))
const file = (name: string, text: string | Buffer, mode: number): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}
const notExecutable = file('not-executable', 'x', 0o644)
const noInterpreter = file('no-interpreter', '#!/no/such/interpreter\n', 0o755)
const noShebang = file('no-shebang', 'echo by the shell\n', 0o755)
const marker = join(folder, 'marker')

const found = (name: string): string | undefined => {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
  } catch {
    return undefined // not installed: that shell is not tested
  }
}
const busybox = found('busybox')
if (busybox !== undefined) symlinkSync(busybox, join(folder, 'sh'))
const shells = { dash: found('dash'), bash: found('bash'), busybox: busybox && join(folder, 'sh') }

let spawning: Spawning
afterEach(() => spawning.cleanUp())
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(Object.entries(shells))('the gate in %s', (name, sh) => {
  const make = (): Spawning => {
    spawning = new Spawning(sh === undefined ? {} : { tools: { ...findTools(), sh } })
    return spawning
  }

  test.skipIf(sh === undefined)(`${name}: the program runs only when it is released, as the process that was made`, async () => {
    const { made, lines } = await make().waiting({ argv: ['sh', '-c', 'echo "pid $$"; echo x > "$0"', marker] })
    if (!made.ok) throw new Error(made.error.message)
    const child = made.value
    await waitUntil(() => readFileSync(`/proc/${child.leader.pid}/cmdline`, 'latin1').includes('gate'), 'the gate')
    expect(existsSync(marker)).toBe(false)
    expect(await child.release()).toEqual({ ok: true, value: undefined })
    await new Promise((resolve) => child.onExit(resolve))
    expect(existsSync(marker)).toBe(true)
    await waitUntil(
      () => lines.includes(`pid ${child.leader.pid}`),
      () => `its pid among ${lines}`
    )
    rmSync(marker)
  })

  test.skipIf(sh === undefined)(`${name}: a program that cannot run is named, and is no exit`, async () => {
    make()
    expect(await spawning.failure({ argv: ['no-such-program-here'] })).toMatchObject({ code: 'ENOENT' })
    expect(await spawning.failure({ argv: ['/no/such/folder/program'] })).toMatchObject({ code: 'ENOENT' })
    expect(await spawning.failure({ argv: [notExecutable] })).toMatchObject({
      code: 'EACCES',
      message: expect.stringContaining('chmod +x')
    })
    expect(await spawning.failure({ argv: [folder] })).toMatchObject({ code: 'EISDIR' })
    const missing = await spawning.failure({ argv: [noInterpreter] })
    expect(missing).toMatchObject({ code: 'ENOENT', message: expect.stringContaining('/no/such/interpreter') })
    expect(spawning.processes.alive()).toEqual([])
  })

  test.skipIf(sh === undefined)(`${name}: umask, arguments and a script without #! reach the program`, async () => {
    const words = ['', 'a b', '$HOME', "it's", '-n', 'ü\n2']
    const run = await make().run({ argv: ['sh', '-c', 'umask; printf "<%s>" "$@"; echo', 'name', ...words], umask: 0o27 })
    await run.exit
    await waitUntil(
      () => run.lines.length === 3,
      () => `three lines, not ${run.lines}`
    )
    expect(run.lines).toEqual(['0027', "<><a b><$HOME><it's><-n><ü", '2>'])
    const script = await spawning.run({ argv: [noShebang] })
    await script.line('by the shell')
  })

  test.skipIf(sh === undefined)(`${name}: the environment arrives whole, names that a shell drops included`, async () => {
    const wanted = {
      PATH: nodeSettings({ argv: [] }).env['PATH'] ?? '',
      go: '1',
      EMPTY: '',
      QUOTE: `a'b"c`,
      IFS: 'x',
      UID: '77',
      'spring.datasource.url': 'jdbc:x?a=b c',
      '1ST': 'first',
      'a-b': ''
    }
    const run = await make().run({ argv: ['env', '-0'], env: wanted })
    await run.exit
    const all = await waitUntil(() => run.lines[0], 'the environment')
    const seen = new Set(all.split('\0'))
    for (const [key, value] of Object.entries(wanted)) expect(seen).toContain(`${key}=${value}`)
    for (const entry of seen) expect(entry).not.toMatch(/^(PWD|OLDPWD|TSUPERVISE_GATE)=/)
  })

  test.skipIf(sh === undefined)(`${name}: behind env, a missing program is still named`, async () => {
    make()
    const env = { ...nodeSettings({ argv: [] }).env, 'a.b': 'c' }
    expect(await spawning.failure({ argv: ['no-such-program-here'], env })).toMatchObject({ code: 'ENOENT' })
    expect(await spawning.failure({ argv: [notExecutable], env })).toMatchObject({ code: 'EACCES' })
    expect(await spawning.failure({ argv: ['/bin/a=b'], env })).toMatchObject({ code: 'invalid-command' })
  })
})

test('a child that is closed at the gate leaves without running, and says so', async () => {
  spawning = new Spawning()
  const { made, lines } = await spawning.waiting({ argv: ['touch', marker] })
  if (!made.ok) throw new Error(made.error.message)
  const exit = new Promise((resolve) => made.value.onExit(resolve))
  made.value.close()
  await exit
  expect(lines).toEqual([])
  expect(existsSync(marker)).toBe(false)
  expect(spawning.processes.alive()).toEqual([])
  expect(await made.value.release()).toMatchObject({ ok: false, error: { code: 'setup-failed' } })
})

test('a child that is killed at the gate is reported by its exit, and cannot be released any more', async () => {
  spawning = new Spawning()
  const { made } = await spawning.waiting({ argv: ['touch', marker] })
  if (!made.ok) throw new Error(made.error.message)
  const exit = new Promise((resolve) => made.value.onExit(resolve))
  killIdentity(made.value.leader)
  expect(await exit).toMatchObject({ signal: 'SIGKILL' })
  expect(await made.value.release()).toMatchObject({
    ok: false,
    error: { code: 'setup-failed', message: expect.stringContaining('SIGKILL') }
  })
})

test('what is wrong with the settings is named, and what to do', async () => {
  spawning = new Spawning()
  const credentials = { user: undefined, group: undefined, supplementaryGroups: undefined }
  expect(await spawning.failure({ argv: ['true'], cwd: '/no/such' })).toMatchObject({ code: 'no-such-folder' })
  expect(await spawning.failure({ argv: ['true'], cwd: '/etc/passwd' })).toMatchObject({ code: 'no-such-folder' })
  expect(await spawning.failure({ argv: ['true'], credentials: { ...credentials, user: 'no-such-user' } })).toMatchObject({
    code: 'no-such-user'
  })
  expect(await spawning.failure({ argv: ['true'], credentials: { ...credentials, group: 'no-such-group' } })).toMatchObject({
    code: 'no-such-group'
  })
  expect(await spawning.failure({ argv: [] })).toMatchObject({ code: 'invalid-command' })
  expect(await spawning.failure({ argv: ['true', 'a\0b'] })).toMatchObject({ code: 'invalid-command' })
  expect(await spawning.failure({ argv: ['true', 'x'.repeat(200_000)] })).toMatchObject({ code: 'E2BIG' })
  const nofile = { soft: 2 ** 40, hard: 2 ** 40 }
  const limited = await spawning.failure({ argv: ['true'], rlimits: { nofile } })
  expect(limited).toMatchObject({ code: 'setup-failed', message: expect.stringContaining('limit') })
  expect(spawning.processes.alive()).toEqual([])
})

test('limits are set, and the soft limit of files that Node raised is given back', async () => {
  spawning = new Spawning()
  const limits = await spawning.run({
    argv: ['sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -Sc'],
    rlimits: { nofile: { soft: 33, hard: 44 }, core: { soft: 0, hard: 0 } }
  })
  await waitUntil(() => limits.lines.length === 3, 'three limits')
  expect(limits.lines).toEqual(['33', '44', '0'])
  const parent = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${process.ppid}/limits`, 'latin1'))?.[1]
  const plain = await spawning.run({ argv: ['sh', '-c', 'ulimit -Sn'] })
  expect(await plain.line(parent ?? '?')).toEqual([parent])
})

test('a child leads its own session and group, has /dev/null as stdin, and carries the cookie', async () => {
  spawning = new Spawning()
  const run = await spawning.run({
    argv: [
      'sh',
      '-c',
      'readlink /proc/self/fd/0; echo "cookie $TSUPERVISE_TREE"; ps -o pgid=,sid= -p $$ | { read -r g s; echo "ids $g $s"; }; sleep 60'
    ]
  })
  const { pid } = run.child.leader
  await run.line('/dev/null')
  expect(await run.line('cookie')).toEqual(['cookie', run.child.tree.cookie])
  expect(await run.line('ids')).toEqual(['ids', String(pid), String(pid)])
  expect(run.child.leader).toEqual(identityOf(pid))
})
