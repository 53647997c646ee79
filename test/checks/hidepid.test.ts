import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hidingOption, procMountOptions } from '../../src/core/checks/hidepid.ts'
import { COMMAND } from '../helpers/command.ts'
import { isRoot, NOBODY, Programs } from './programs.ts'
import { checkedRules } from './run-check.ts'
import { RecordedTree } from './tree.ts'

/** Whether this machine lets us mount a /proc of our own. */
const canMount = (): boolean => isRoot && spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t proc proc /mnt && umount /mnt']).status === 0

describe.skipIf(!canMount())('a /proc that hides the processes of others', () => {
  let folder = ''
  const programs = new Programs()
  const daemon = `h${process.pid}`
  const rules = [`${daemon}:1-1`, `${daemon}:0-0`, `${daemon}x:0-0`, 'no-zombies:0-4000000']

  beforeAll(async () => {
    folder = mkdtempSync('/var/tmp/tsupervise-hidepid-')
    chmodSync(folder, 0o755)
    programs.install(daemon)
    await programs.start(daemon)
  })
  afterAll(() => {
    programs.dispose()
    rmSync(folder, { recursive: true })
  })

  /** States of the rules as this user sees them through such a mount. */
  function statesAs(uid: number, option: string): readonly string[] {
    const who = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
    const check = [...who, process.execPath, COMMAND, 'check', '--output', 'json', '--proc', folder, ...rules]
    const script = `mount -t proc -o ${option} proc "$0" && exec "$@"`
    const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script, folder, ...check], { encoding: 'utf8' })
    return (JSON.parse(stdout) as { rules: { state: string }[] }).rules.map(({ state }) => state)
  }

  it.each(['hidepid=1', 'hidepid=2', 'hidepid=4'])('%s: unknown, never ok and never a failure, for one of the others', (option) => {
    expect(statesAs(NOBODY, option)).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
  })

  it('tells root everything', () => expect(statesAs(0, 'hidepid=2')).toEqual(['ok', 'failing', 'ok', 'ok']))

  it('tells the group that the mount names, as one without the option tells everybody', () => {
    expect(statesAs(NOBODY, `hidepid=2,gid=${NOBODY}`)).toEqual(['ok', 'failing', 'ok', 'ok'])
    expect(statesAs(NOBODY, 'hidepid=0')).toEqual(['ok', 'failing', 'ok', 'ok'])
  })
})

describe.skipIf(!isRoot)('executables that may not be looked at', () => {
  const programs = new Programs()
  const daemon = `e${process.pid}`
  afterAll(() => programs.dispose())

  it('make a path unclear where it could be that program, and leave the others as they are', async () => {
    programs.install(daemon)
    await programs.start(daemon)
    await programs.start(daemon, { uid: NOBODY, gid: NOBODY })
    const path = programs.path(daemon)
    const asNobody = (args: readonly string[]) => checkedRules(args, { uid: NOBODY, gid: NOBODY })
    accessSync(join(COMMAND, '..'), constants.X_OK)
    const states = async (...args: readonly string[]) => (await asNobody(args)).map(({ state }) => state)
    // one is its own; root's may be that program, too
    expect(await states(`${path}:1-1`, `${path}:1-2`, `${path}:3-`, `${path}:0-0`, `${daemon}:2-2`, `${path},user=${NOBODY}:1-1`)).toEqual([
      'unknown',
      'ok',
      'failing',
      'failing',
      'ok',
      'ok'
    ])
    expect(await states(`/usr/sbin/${daemon}other:0-0`)).toEqual(['ok'])
  })
})

describe('a root that is none', () => {
  it.each(['/no/such/proc', '/etc'])('%s: unknown', async (root) => {
    const [rule] = await checkedRules(['--proc', root, '*:0-'])
    expect(rule?.state).toBe('unknown')
  })

  it('is unknown when it is empty', async () => {
    const tree = new RecordedTree()
    const [rule] = await checkedRules(['--proc', tree.proc, '*:0-'])
    tree.dispose()
    expect(rule).toMatchObject({ state: 'unknown', reason: `there are no processes in ${tree.proc}` })
  })
})

describe('options of a mount of /proc', () => {
  const info = [
    '22 27 0:21 / /proc rw,nosuid - proc proc rw,hidepid=invisible,gid=4',
    '23 27 0:22 / /a\\040b rw - proc proc rw',
    '24 27 0:23 / /sys rw - sysfs sysfs rw,hidepid=2'
  ].join('\n')

  it('are those of that place, with escapes taken off', () => {
    expect(procMountOptions(info, '/proc')).toEqual(['rw', 'hidepid=invisible', 'gid=4'])
    expect(procMountOptions(info, '/a b')).toEqual(['rw'])
    expect(procMountOptions(info, '/sys')).toBeUndefined()
    expect(procMountOptions('', '/proc')).toBeUndefined()
  })

  it.each([
    ['hidepid=2', true],
    ['hidepid=noaccess', true],
    ['hidepid=0', false],
    ['hidepid=off', false],
    ['rw', false]
  ])('%s hides: %s', (option, hides) => expect(hidingOption(['rw', option]) !== undefined).toBe(hides))
})

it('mounts of tests are gone with their namespace', () => {
  expect(execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' })).not.toContain('tsupervise-hidepid')
})
