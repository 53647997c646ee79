import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFile } from '../../src/core/linux/flock.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { listenOn } from '../../src/core/linux/unix-listener.ts'

let folder = ''
const closers: (() => Promise<void>)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-socket-'))
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  rmSync(folder, { recursive: true, force: true })
})

async function listen(address: string, mode: 0o600 | 0o660 | 0o666 = 0o600) {
  const listening = await listenOn({ address, mode })
  if (listening.ok) closers.push(listening.value.close)
  return listening
}

const path = (name = 'orphan.sock'): string => join(folder, name)

describe('listening', () => {
  test.skipIf(libc() === undefined).each([0o600, 0o660, 0o666] as const)('with mode %o', async (mode) => {
    expect((await listen(path(), mode)).ok).toBe(true)
    expect(statSync(path()).mode & 0o777).toBe(mode)
  })

  test('a live socket is never taken over', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(path(), resolve))
    expect(await listen(path())).toMatchObject({ ok: false, error: { code: 'in-use' } })
    expect(existsSync(path())).toBe(true)
    await new Promise((resolve) => other.close(resolve))
  })

  test('nor is our own', async () => {
    expect((await listen(path())).ok).toBe(true)
    expect(await listen(path())).toMatchObject({ ok: false, error: { code: 'in-use' } })
  })

  test('of two that start at once one gets it', async () => {
    const both = await Promise.all([listen(path()), listen(path())])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test('a stale socket is replaced, and an ordinary file is not', async () => {
    const { execFileSync } = await import('node:child_process')
    execFileSync('/usr/bin/perl', ['-MIO::Socket::UNIX', '-e', 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die', path()])
    expect(statSync(path()).isSocket()).toBe(true)
    expect((await listen(path())).ok).toBe(true)
    writeFileSync(path('file'), 'text')
    expect(await listen(path('file'))).toMatchObject({ ok: false, error: { code: 'not-a-socket' } })
    expect(statSync(path('file')).size).toBe(4)
  })

  test('the file goes with its owner', async () => {
    const listening = await listen(path())
    if (!listening.ok) throw new Error(listening.error.message)
    await closers.pop()?.()
    expect(existsSync(path())).toBe(false)
    expect((await listen(path())).ok).toBe(true)
  })

  test('not where others could put another socket in its place, but in a sticky folder', async () => {
    mkdirSync(path('open'))
    const { chmodSync } = await import('node:fs')
    chmodSync(path('open'), 0o777)
    expect(await listen(path('open/socket'))).toMatchObject({ ok: false, error: { code: 'unsafe-folder' } })
    chmodSync(path('open'), 0o1777)
    expect((await listen(path('open/socket'))).ok).toBe(true)
  })

  test('errors are named', async () => {
    expect(await listen(path('none/socket'))).toMatchObject({ ok: false, error: { code: 'unsafe-folder' } })
    expect(await listen(path('x'.repeat(120)))).toMatchObject({ ok: false, error: { code: 'ENAMETOOLONG' } })
  })

  test.skipIf(libc() === undefined)('an abstract name belongs to the first', async () => {
    const name = `@tsupervise-test-${process.pid}`
    expect((await listen(name)).ok).toBe(true)
    expect(await listen(name)).toMatchObject({ ok: false, error: { code: 'in-use' } })
  })
})

describe.skipIf(libc() === undefined)('a lock on a file', () => {
  test('is held by one, and can be had after its release', () => {
    const first = lockFile(path('lock'))
    expect(lockFile(path('lock'))).toMatchObject({ ok: false, error: { code: 'locked' } })
    if (first.ok) first.value.release()
    const again = lockFile(path('lock'))
    expect(again.ok).toBe(true)
    if (again.ok) again.value.release()
  })
})
