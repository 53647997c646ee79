import { constants } from 'node:os'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAuxv } from '../../src/core/process/auxv.ts'
import { commandOf, environmentValue, hasEntry } from '../../src/core/process/command-line.ts'
import { parsePss, parseResidentPages, parseRunTime } from '../../src/core/process/memory-files.ts'
import { numbersIn } from '../../src/core/process/proc-reader.ts'
import { catches, parseProcStatus } from '../../src/core/process/proc-status.ts'
import { parsePsLine, parsePsList } from '../../src/core/process/ps-lines.ts'

const STATUS = [
  'Name:\tnode',
  'Umask:\t0022',
  'State:\tS (sleeping)',
  'Tgid:\t4211',
  'Pid:\t4211',
  'PPid:\t1',
  'Uid:\t1000\t1001\t1002\t1003',
  'Gid:\t100\t100\t100\t100',
  'Groups:\t4 27 ',
  'Threads:\t11',
  'SigBlk:\t0000000000000000',
  'SigIgn:\t0000000000001000',
  'SigCgt:\t0000000100000a02'
].join('\n')

describe('/proc/PID/status', () => {
  test('tells ids and signal dispositions', () => {
    const status = parseProcStatus(STATUS)
    expect(status).toMatchObject({ name: 'node', pid: 4211, ppid: 1, uids: [1000, 1001, 1002, 1003], groups: [4, 27], threads: 11 })
    if (status === undefined) throw new Error('not parsed')
    expect(catches(status, constants.signals.SIGUSR1)).toBe(true)
    expect(catches(status, constants.signals.SIGINT)).toBe(true)
    expect(catches(status, constants.signals.SIGTERM)).toBe(false)
  })

  test('cut before the masks is refused', () => {
    for (let cut = 0; cut < STATUS.length; cut += 7) {
      const status = parseProcStatus(STATUS.slice(0, cut))
      if (status !== undefined) throw new Error(`accepted when cut at ${cut}`)
    }
  })
})

describe('/proc/PID/cmdline and environ', () => {
  test('a command line is joined with blanks and cut', () => {
    expect(commandOf(Buffer.from('node\0server.js\0--port\x008080\0'), 'node')).toBe('node server.js --port 8080')
    expect(commandOf(Buffer.from(''), 'kthreadd')).toBe('[kthreadd]')
    expect(commandOf(Buffer.from('\0\0'), 'odd')).toBe('[odd]')
    expect(commandOf(Buffer.from('x'.repeat(100_000)), 'x')).toHaveLength(4096)
  })

  test('a cookie counts only as a whole entry', () => {
    const environ = Buffer.from('A=1\0TSUPERVISE_TREE=abc\0OTHER_TSUPERVISE_TREE=xyz\0')
    expect(hasEntry(environ, 'TSUPERVISE_TREE=abc')).toBe(true)
    expect(hasEntry(environ, 'TSUPERVISE_TREE=ab')).toBe(false)
    expect(hasEntry(environ, 'TSUPERVISE_TREE=xyz')).toBe(false)
    expect(hasEntry(Buffer.from('TSUPERVISE_TREE=abc'), 'TSUPERVISE_TREE=abc')).toBe(true)
    expect(environmentValue(environ, 'TSUPERVISE_TREE')).toBe('abc')
    expect(environmentValue(environ, 'SUPERVISE_TREE')).toBeUndefined()
  })
})

describe('memory and time', () => {
  const pages = (text: string) => parseResidentPages(Buffer.from(text), text.length)
  test('the second number of statm', () => {
    expect(pages('730 454 427 5 0 89 0\n')).toBe(454)
    expect(pages('730 454')).toBeUndefined()
    expect(pages('730')).toBeUndefined()
    expect(pages('730 x 4')).toBeUndefined()
  })
  test('Pss of smaps_rollup, not Pss_Anon', () => {
    expect(parsePss('Rss:     1000 kB\nPss_Anon:  7 kB\nPss:                 785 kB\n')).toBe(785 * 1024)
    expect(parsePss('Rss: 1000 kB\n')).toBeUndefined()
  })
  test('the first number of schedstat', () => {
    expect(parseRunTime(Buffer.from('1150184 0 1\n'), 12)).toBe(1150184)
    expect(parseRunTime(Buffer.from('x'), 1)).toBe(0)
  })
  test('page size and ticks from auxv, with the usual ones where they are missing', () => {
    const auxv = Buffer.alloc(48)
    auxv.writeBigUInt64LE(6n, 0)
    auxv.writeBigUInt64LE(65_536n, 8)
    auxv.writeBigUInt64LE(17n, 16)
    auxv.writeBigUInt64LE(250n, 24)
    expect(parseAuxv(auxv)).toEqual({ pageBytes: 65_536, ticksPerSecond: 250 })
    expect(parseAuxv(Buffer.alloc(0))).toEqual({ pageBytes: 4096, ticksPerSecond: 100 })
  })
})

test('numbers separated by anything, none invented from a cut line', () => {
  expect(numbersIn(Buffer.from('12 345 6 '))).toEqual([12, 345, 6])
  expect(numbersIn(Buffer.from('12\n345\n'))).toEqual([12, 345])
  expect(numbersIn(Buffer.from('12 34'))).toEqual([12])
  expect(numbersIn(undefined)).toEqual([])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4_194_304 })), (pids) => {
      expect(numbersIn(Buffer.from(pids.map((pid) => `${pid} `).join('')))).toEqual(pids)
    })
  )
})

describe('a line of ps', () => {
  test('with a command that holds anything', () => {
    expect(parsePsLine('  501     1   500 Ss   Mon Jan  5 10:20:30 2026 /usr/bin/thing --at  10:20 2026')).toEqual({
      pid: 501,
      ppid: 1,
      pgid: 500,
      state: 'S',
      startTime: Date.UTC(2026, 0, 5, 10, 20, 30) / 10,
      command: '/usr/bin/thing --at  10:20 2026'
    })
  })
  test.each(['', 'PID PPID', '1 2 3 S', '1 2 3 S Mon Foo 99 10:20:30 2026 x'])('%j is none', (line) => {
    expect(parsePsLine(line)).toBeUndefined()
  })
})

test('a list of ps, whatever the commands are called', () => {
  expect(parsePsList('    0     1 Ss   init\n    1 30000 S+   a b  c\n30000    77 Z    x <defunct>\n\nPPID PID STAT\n')).toEqual([
    { ppid: 0, pid: 1, state: 'S', comm: 'init' },
    { ppid: 1, pid: 30000, state: 'S', comm: 'a b  c' },
    { ppid: 30000, pid: 77, state: 'Z', comm: 'x <defunct>' }
  ])
})
