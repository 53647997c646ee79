import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createProcFiles } from '../../src/core/process/details/proc-files.ts'
import { createFactsReader } from '../../src/core/process/details/read.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'

const ID = 'ae7a1981e064c217035e0b23979c8defd51c3d1e0f6e9a1b2c3d4e5f60718293'

/** A recorded /proc: processes of a container as the host sees them. */
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tsupervise-proc-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function processOf(pid: number, namespacePids: string, cgroup: string): void {
  const folder = join(root, String(pid))
  mkdirSync(folder)
  const rest = Array.from({ length: 48 }, (_, index) => (index === 18 ? 500 : 1)).join(' ')
  writeFileSync(join(folder, 'stat'), `${pid} (app) S 1 ${rest}\n`)
  writeFileSync(join(folder, 'cmdline'), 'app\0--serve\0')
  writeFileSync(join(folder, 'cgroup'), `${cgroup}\n`)
  writeFileSync(join(folder, 'loginuid'), '4294967295')
  const zero = '0000000000000000'
  writeFileSync(
    join(folder, 'status'),
    `Name:\tapp\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\nNSpid:\t${namespacePids}\nCapInh:\t${zero}\nCapPrm:\t${zero}\nCapEff:\t${zero}\nCapAmb:\t${zero}\n`
  )
  symlinkSync('/bin/sh', join(folder, 'exe'))
  symlinkSync('/srv', join(folder, 'cwd'))
}

const read = (pid: number, parentInTree = false) => {
  const found = createFactsReader({ reader: createProcReader(root), files: createProcFiles(root), redact: (text) => text }).read(
    pid,
    parentInTree
  )
  return found?.facts
}

describe('a process in a container', () => {
  test('the first one of it is its init; what it starts belongs to the same tree, what is brought in from outside does not', () => {
    const cgroup = `0::/kubepods/besteffort/pod26ab/${ID}`
    processOf(100, '100\t1', cgroup)
    processOf(101, '101\t8', cgroup)
    expect(read(100)).toMatchObject({
      container: ID.slice(0, 31),
      innerPid: 1,
      flags: ['inInitTree'],
      binary: '/bin/sh',
      cwd: '/srv',
      arguments: '--serve'
    })
    expect(read(101, true)).toMatchObject({ innerPid: 8, flags: ['inInitTree'] })
    expect(read(101, false)?.flags).toEqual([])
  })

  test('pid 1 of a namespace is no init of a container where there is none', () => {
    processOf(100, '100\t1', '0::/user.slice')
    expect(read(100)).toMatchObject({ container: undefined, flags: [] })
  })

  test('a process of the host has no number of its own inside', () => {
    processOf(100, '100', '0::/')
    expect(read(100)).toMatchObject({ container: undefined, innerPid: undefined, auid: 4294967295 })
  })
})
