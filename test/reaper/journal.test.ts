import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Failure } from '../../src/core/errors.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { openJournal } from '../../src/core/reaper/journal.ts'
import { encodeRecord, type JournalPair, type JournalRecord } from '../../src/core/reaper/journal-records.ts'
import { createRegistry } from '../../src/core/reaper/registry.ts'

const TERMS = { signal: 'SIGINT', graceMs: 1500, scope: 'child' } as const
/** What a record without terms means. */
const DEFAULTS = { terms: { signal: 'SIGTERM', graceMs: 5000, scope: 'tree' }, since: 77 } as const
const HEAD: JournalRecord = { kind: 'head', boot: 'b00t', pidNamespace: 'pid:[1]' }

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the file', () => {
  const pair = (child: number): JournalPair => ({
    parent: { pid: 1, startTime: 1 },
    child: { pid: child, startTime: 1 },
    uid: 0,
    terms: TERMS,
    since: 5
  })

  const openAt = (path: string, { boot = 'b00t', pidNamespace = 'pid:[1]', onProblem = (_: Failure): void => undefined } = {}) => {
    const registry = createRegistry()
    const pairs = () => registry.all()
    return { opened: openJournal({ path, boot, pidNamespace, pairs, terms: DEFAULTS.terms, wall: () => 77, onProblem }), registry }
  }

  const open = (options = {}) => {
    const { opened, registry } = openAt(join(folder, 'journal'), options)
    if (!opened.ok) throw new Error(opened.error.message)
    return { journal: opened.value, registry }
  }

  /** What the next supervisor finds after a kill: this one still has its lock. */
  const leftAfterKill = (options = {}) => {
    copyFileSync(join(folder, 'journal'), join(folder, 'copy'))
    const { opened } = openAt(join(folder, 'copy'), options)
    if (!opened.ok) throw new Error(opened.error.message)
    opened.value.close()
    return opened.value.left
  }

  test('keeps what was flushed, without being closed', () => {
    const { journal } = open()
    for (const child of [2, 3, 4]) journal.added(pair(child))
    journal.removed(pair(3))
    journal.flush()
    journal.added(pair(5))
    expect(leftAfterKill().map(({ child }) => child.pid)).toEqual([2, 4])
  })

  test('of another boot or pid namespace means nothing', () => {
    for (const [boot, pidNamespace] of [
      ['other', 'pid:[1]'],
      ['b00t', 'pid:[2]']
    ]) {
      const { journal } = open()
      journal.added(pair(2))
      journal.flush()
      expect(leftAfterKill({ boot, pidNamespace })).toEqual([])
      expect(leftAfterKill()).toHaveLength(1)
      journal.close()
    }
  })

  test('a torn tail is cut off, and more can be written behind it', () => {
    const { journal } = open()
    journal.added(pair(2))
    journal.flush()
    appendFileSync(join(folder, 'journal'), encodeRecord({ kind: 'added', pair: pair(3) }).slice(0, -4))
    journal.close()
    const second = open()
    expect(second.journal.left).toEqual([pair(2)])
    expect(second.journal.damage).toBeUndefined()
    second.journal.added(pair(4))
    second.journal.flush()
    expect(leftAfterKill()).toEqual([pair(2), pair(4)])
  })

  test('of an older version: what was registered without terms has those of the settings', () => {
    const line = (text: string): string => `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`
    const old = [line('orphans-1 b00t pid:[1]'), line('+ 1 1 2 1 0'), line('+ 1 1 3 1 0'), line('- 1 1 2 1 0')].join('')
    writeFileSync(join(folder, 'journal'), old)
    expect(open().journal.left).toEqual([{ ...pair(3), ...DEFAULTS }])
  })

  test('goes with its last pair', () => {
    const { journal } = open()
    journal.added(pair(2))
    journal.flush()
    journal.close()
    expect(existsSync(join(folder, 'journal'))).toBe(true)
    const second = open().journal
    for (const left of second.left) second.removed(left)
    second.flush()
    second.close()
    expect(existsSync(join(folder, 'journal'))).toBe(false)
  })

  test.skipIf(libc() === undefined)('belongs to one supervisor at a time', () => {
    const { journal } = open()
    expect(openAt(join(folder, 'journal')).opened).toMatchObject({ ok: false, error: { code: 'locked' } })
    journal.close()
    expect(openAt(join(folder, 'journal')).opened.ok).toBe(true)
  })

  test('damage is told', () => {
    writeFileSync(join(folder, 'journal'), `${encodeRecord(HEAD)}rubbish\n`)
    expect(open().journal.damage).toMatch('1 lines')
  })

  test('is written anew before it grows without bound', () => {
    const { journal, registry } = open()
    registry.add({ ...pair(7), by: { uid: 0, pid: 1, command: '' } })
    journal.added(pair(7))
    for (let round = 0; round < 20_000; round++) {
      journal.added(pair(2))
      journal.removed(pair(2))
      journal.flush()
    }
    expect(readFileSync(join(folder, 'journal')).length).toBeLessThan(500_000)
    expect(leftAfterKill()).toEqual([pair(7)])
  })

  test('a full disk is a problem, told once, and the file is whole again afterwards', () => {
    const problems: string[] = []
    const { journal, registry } = open({ onProblem: ({ code }: Failure) => void problems.push(code) })
    // a folder that is gone is as bad as a full disk for the next file, and can be made again
    rmSync(folder, { recursive: true })
    for (let round = 0; round < 5000; round++) {
      journal.added(pair(2))
      journal.flush()
      journal.removed(pair(2))
      journal.flush()
    }
    expect(problems).toEqual(['ENOENT'])
    expect(registry.size).toBe(0)
  })
})
