import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { UserError } from '../../src/core/errors.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { createProcessTable } from '../../src/core/process/table.ts'

const root = mkdtempSync(join(tmpdir(), 'recorded-proc-'))
afterAll(() => rmSync(root, { recursive: true }))

/** A recorded process. */
function record(pid: number, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, String(pid), name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
}

const statLine = (pid: number, ppid: number, comm: string): string =>
  `${pid} (${comm}) S ${ppid} ${pid} ${pid} 0 -1 4194304 114 0 0 0 7 8 9 10 20 0 1 0 281237 5742592 454 18446744073709551615\n`

describe('a recorded tree of /proc', () => {
  record(4_194_303, {
    stat: statLine(4_194_303, 4_194_302, 'odd ) name\n'),
    cmdline: 'odd\0--flag\0',
    environ: 'A=1\0TSUPERVISE_TREE=c\0',
    smaps_rollup: 'Rss: 10 kB\nPss:     785 kB\n',
    status: 'Name:\todd\n',
    'task/4194303/children': '12 13 ',
    'task/4194304/children': '14 '
  })
  record(12, { stat: '12 (cut' })
  record(13, { stat: '' })
  const reader = createProcReader(root)

  test('is read like the real one', () => {
    expect(reader.stat(4_194_303)).toMatchObject({
      pid: 4_194_303,
      ppid: 4_194_302,
      comm: 'odd ) name\n',
      startTime: 281237,
      rssPages: 454
    })
    expect(reader.cmdline(4_194_303)?.toString()).toBe('odd\0--flag\0')
    expect(reader.pss(4_194_303)).toBe(785 * 1024)
    expect(reader.pids()).toEqual([12, 13, 4_194_303])
    expect(reader.showsUs).toBe(false)
  })

  test('children of all threads, or of the only one', () => {
    expect(reader.children(4_194_303, 1)).toEqual([12, 13])
    expect(reader.children(4_194_303, 2)).toEqual([12, 13, 14])
  })

  test('what is cut short, empty or not there is undefined', () => {
    expect(reader.stat(12)).toBeUndefined()
    expect(reader.stat(13)).toBeUndefined()
    expect(reader.stat(99)).toBeUndefined()
    expect(reader.status(4_194_303)).toBeUndefined()
    expect(reader.cmdline(99)).toBeUndefined()
    expect(reader.pss(99)).toBeUndefined()
    expect(reader.children(99, 1)).toEqual([])
    expect(reader.children(99, 5)).toEqual([])
    expect(createProcReader(join(root, 'nowhere')).pids()).toEqual([])
  })

  test('a file larger than the buffer is read whole, and no more than the limit', () => {
    record(20, { cmdline: 'x'.repeat(200_000), environ: 'y'.repeat(300_000) })
    expect(reader.environ(20)).toHaveLength(300_000)
    expect(reader.cmdline(20)).toHaveLength(65_536)
    expect(reader.cmdline(20, 10)).toHaveLength(10)
  })
})

describe('which table is made', () => {
  const clock = createSystemClock()

  test('without a usable /proc: the portable one by itself, an error when it was asked for', () => {
    const table = createProcessTable({ sampler: 'auto', clock, procRoot: root })
    expect(table.sampler).toBe('portable')
    table.close()
    expect(() => createProcessTable({ sampler: 'procfs', clock, procRoot: root })).toThrow(UserError)
  })

  test.runIf(process.platform === 'linux')('on Linux the one on /proc', () => {
    const table = createProcessTable({ sampler: 'auto', clock })
    expect(table.sampler).toBe('procfs')
    table.close()
  })
})
