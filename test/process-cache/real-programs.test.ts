import { spawnSync } from 'node:child_process'
import { existsSync, linkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { statFields } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { ANNA, lacksCompiler, lacksRoot, Programs } from './programs.ts'

const lacksLinux = process.platform === 'linux' ? '' : 'reads /proc'
let programs: Programs
beforeEach(() => {
  programs = new Programs()
})
afterEach(() => programs.close())

const setcap = (path: string): boolean => spawnSync('setcap', ['cap_net_raw+ep', path]).status === 0

describe.skipIf(lacksLinux !== '')(`a real program ${lacksLinux}`, () => {
  test('an ordinary one: binary, arguments, folder, user, nothing special', async () => {
    const sleeper = programs.sleeper('sleeper')
    const { facts, startTime, ppid } = await programs.read(
      programs.run(sleeper, ['1000'], { cwd: programs.folder }),
      ({ facts }) => facts.binary === sleeper
    )
    expect(facts).toMatchObject({ arguments: '1000', cwd: programs.folder, flags: [] })
    expect(facts.credentials).toMatchObject({ uid: process.getuid?.(), euid: process.getuid?.() })
    expect(facts.properties).toEqual({ setuid: undefined, setgid: undefined, privilegesChanged: [], unlinked: undefined })
    expect(ppid).toBe(process.pid)
    expect(startTime).toBeGreaterThan(0)
    expect(Object.isFrozen(facts) && Object.isFrozen(facts.flags) && Object.isFrozen(facts.credentials)).toBe(true)
  })

  test('one that runs in the root folder says so', async () => {
    const sleeper = programs.sleeper('sleeper')
    const { facts } = await programs.read(programs.run(sleeper, ['1000']), ({ facts }) => facts.binary === sleeper)
    expect(facts).toMatchObject({ cwd: '/', flags: ['rootcwd'] })
  })

  test('a relative and a symlinked one are named by where they are', async () => {
    const sleeper = programs.sleeper('sleeper')
    symlinkSync(sleeper, programs.path('link'))
    for (const name of ['./sleeper', './link', programs.path('link')]) {
      const { facts } = await programs.read(programs.run(name, ['1000'], { cwd: programs.folder }), ({ facts }) => facts.binary === sleeper)
      expect(facts.binary).toBe(sleeper)
    }
  })

  test('an unlinked one has no name any more; with a hard link left it is an ordinary one', async () => {
    const [gone, linked] = [programs.sleeper('gone'), programs.sleeper('linked')]
    const children = [programs.run(gone, ['1000']), programs.run(linked, ['1000'])]
    for (const [index, path] of [gone, linked].entries())
      await programs.read(children[index]?.pid ?? 0, ({ facts }) => facts.binary === path)
    linkSync(linked, programs.path('other-name'))
    unlinkSync(gone)
    unlinkSync(linked)
    const [first, second] = children.map((child) => programs.facts.read(child.pid ?? 0)?.facts)
    expect(first?.binary).toBe(gone)
    expect(first?.properties?.unlinked?.inode).toMatch(/^\d+$/)
    expect(second?.binary).toBe(linked)
    expect(second?.properties).toMatchObject({ unlinked: undefined })
  })

  test('a file whose own name ends like that of a deleted one keeps its name', async () => {
    const path = programs.sleeper('odd (deleted)')
    const child = programs.run(path, ['1000'])
    const { facts } = await programs.read(child, ({ facts }) => facts.arguments === '1000')
    expect(facts.binary).toBe(path)
    expect(facts.properties).toMatchObject({ unlinked: undefined })
    renameSync(path, programs.path('elsewhere'))
    expect(programs.facts.read(child.pid ?? 0)?.facts.binary).toBe(programs.path('elsewhere'))
  })

  test.skipIf(lacksCompiler !== '')(`one in memory ${lacksCompiler}`, async () => {
    const memfd = programs.compile('memfd')
    const child = programs.run(memfd, ['/bin/sleep', '1000'])
    const { facts } = await programs.read(child, ({ facts }) => facts.binary === '/memfd:hidden')
    expect(facts.arguments).toBe('1000')
    expect(facts.properties?.unlinked).toBeDefined()
  })

  test('arguments of 128 KiB are cut, and said to be; others are not', async () => {
    const long = 'a'.repeat(131_000)
    const { facts } = await programs.read(programs.run('/bin/sh', ['-c', 'read line', 'sh', long]), ({ facts }) => facts.arguments !== '')
    expect(facts.flags).toContain('truncArgs')
    expect(facts.arguments?.length).toBeLessThanOrEqual(4096)
    expect(facts.arguments?.startsWith('-c "read line" sh aaaa')).toBe(true)
  })

  test('arguments that are no UTF-8, with blanks, empty', async () => {
    const script = 'exec /bin/sh -c "read line" "$(printf "\\303\\050")" arg2 "" "two words"'
    const isIt = ({ facts }: { readonly facts: { readonly arguments: string | undefined } }): boolean =>
      facts.arguments?.includes('two words') === true && !facts.arguments.includes('printf')
    const { facts } = await programs.read(programs.run('/bin/sh', ['-c', script]), isIt)
    expect(facts.arguments).toBe('-c "read line" \ufffd( arg2  "two words"')
  })

  test('secrets are hidden before anything is kept', async () => {
    const { facts } = await programs.read(
      programs.run('/bin/sh', ['-c', 'read line', 'sh', '--password', 'hunter2']),
      ({ facts }) => facts.arguments?.includes('--password') === true
    )
    expect(facts.arguments).toBe('-c "read line" sh --password [redacted]')
  })

  test('a zombie is no process any more, and no kernel thread', async () => {
    const child = programs.run('/bin/sh', ['-c', 'sleep 0 & exec sleep 1000'])
    const reader = createProcReader()
    const zombie = await waitUntil(() => reader.children(child.pid ?? 0, 1).find((pid) => statFields(pid)?.state === 'Z'), 'a zombie')
    expect(programs.facts.read(zombie)).toBeUndefined()
  })

  test('what is not there is undefined', () => {
    expect(programs.facts.read(4_194_300)).toBeUndefined()
  })

  const lacksKthreads =
    existsSync('/proc/2/comm') && createProcReader().stat(2)?.comm === 'kthreadd' ? '' : 'needs the initial pid namespace'
  test.skipIf(lacksKthreads !== '')(`a kernel thread ${lacksKthreads}`, () => {
    expect(programs.facts.read(2)?.facts).toMatchObject({ binary: '[kthreadd]', arguments: '', cwd: undefined, flags: ['nocwd'] })
    const child = createProcReader()
      .pids()
      .find((pid) => createProcReader().stat(pid)?.ppid === 2)
    expect(programs.facts.read(child ?? 0)?.facts.binary).toMatch(/^\[.+\]$/)
  })

  test.skipIf(lacksRoot !== '')(`a setuid and a setgid program that an ordinary user runs ${lacksRoot}`, async () => {
    const setuid = programs.sleeper('setuid', 0o4755)
    const setgid = programs.sleeper('setgid', 0o2755)
    const raised = await programs.read(programs.run(setuid, ['1000'], { uid: ANNA }), ({ facts }) => facts.binary === setuid)
    expect(raised.facts.credentials).toMatchObject({ uid: ANNA, euid: 0, suid: 0 })
    expect(raised.facts.properties).toMatchObject({ setuid: 0, setgid: undefined, privilegesChanged: ['setuid'] })
    const group = await programs.read(programs.run(setgid, ['1000'], { uid: ANNA }), ({ facts }) => facts.binary === setgid)
    expect(group.facts.properties).toMatchObject({ setuid: undefined, setgid: 0, privilegesChanged: ['setgid'] })
  })

  test.skipIf(lacksRoot !== '')(`the same programs run by root raise nothing ${lacksRoot}`, async () => {
    const setuid = programs.sleeper('setuid', 0o6755)
    const { facts } = await programs.read(programs.run(setuid, ['1000']), ({ facts }) => facts.binary === setuid)
    expect(facts.properties).toMatchObject({ setuid: undefined, setgid: undefined, privilegesChanged: [] })
  })

  const lacksSetcap = lacksRoot !== '' ? lacksRoot : spawnSync('setcap', ['-h']).error === undefined ? '' : 'needs setcap'
  test.skipIf(lacksSetcap !== '')(`file capabilities ${lacksSetcap}`, async (context) => {
    const capable = programs.sleeper('capable')
    if (!setcap(capable)) return context.skip('this file system keeps no capabilities')
    const { facts } = await programs.read(programs.run(capable, ['1000'], { uid: ANNA }), ({ facts }) => facts.binary === capable)
    expect(facts.credentials).toMatchObject({ uid: ANNA, euid: ANNA, permitted: 1n << 13n, effective: 1n << 13n })
    expect(facts.properties).toMatchObject({ setuid: undefined, privilegesChanged: ['file-capabilities'] })
    // and without them, by the same user, nothing was raised
    const plain = programs.sleeper('plain')
    const ordinary = await programs.read(programs.run(plain, ['1000'], { uid: ANNA }), ({ facts }) => facts.binary === plain)
    expect(ordinary.facts.properties).toMatchObject({ privilegesChanged: [] })
  })
})
