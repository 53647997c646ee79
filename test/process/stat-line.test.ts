import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyStatLine, hasEnded, isKernelThread, parseStatLine } from '../../src/core/process/stat-line.ts'

/** The fields after the state: 4 to 52. */
const tailOf = (facts: { ppid: number; startTime: number; rss: number; threads?: number }): string => {
  const fields = new Array<number | string>(49).fill(0)
  fields[0] = facts.ppid
  fields[1] = 21
  fields[2] = 22
  fields[4] = -1
  fields[10] = 110
  fields[11] = 111
  fields[12] = 112
  fields[13] = 113
  fields[16] = facts.threads ?? 1
  fields[18] = facts.startTime
  fields[20] = facts.rss
  fields[21] = '18446744073709551615'
  fields[24] = 140_732_000_000_000
  fields[48] = 256
  return fields.join(' ')
}

function parse(text: string | Buffer) {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text
  const into = emptyStatLine()
  return parseStatLine(bytes, bytes.length, into) ? into : undefined
}

/** A kernel name: at most 15 bytes, anything but NUL, brackets and newlines included. */
const comm = fc.string({ unit: fc.constantFrom(...'abc)( \n\t:1é'), minLength: 0, maxLength: 7 })
const facts = fc.record({
  pid: fc.integer({ min: 1, max: 4_194_304 }),
  comm,
  state: fc.constantFrom(...'RSDTtZXIP'),
  ppid: fc.integer({ min: 0, max: 4_194_304 }),
  startTime: fc.integer({ min: 0, max: 2 ** 52 }),
  rss: fc.integer({ min: 0, max: 2 ** 40 })
})

describe('a line of /proc/PID/stat', () => {
  test('is read whatever the command is called', () => {
    fc.assert(
      fc.property(facts, (process) => {
        const line = parse(`${process.pid} (${process.comm}) ${process.state} ${tailOf(process)}\n`)
        expect(line).toMatchObject({
          pid: process.pid,
          comm: process.comm,
          state: process.state,
          ppid: process.ppid,
          startTime: process.startTime,
          rssPages: process.rss,
          pgid: 21,
          sid: 22,
          userTicks: 110,
          systemTicks: 111,
          waitedUserTicks: 112,
          waitedSystemTicks: 113,
          exitCode: 256
        })
      })
    )
  })

  test('cut at any byte is refused, or says the same as the whole line', () => {
    fc.assert(
      fc.property(facts, fc.nat(400), (process, cut) => {
        const whole = Buffer.from(`${process.pid} (${process.comm}) ${process.state} ${tailOf(process)}\n`, 'utf8')
        const expected = parse(whole)
        const line = parse(whole.subarray(0, Math.min(cut, whole.length)))
        if (line === undefined) return
        const { startStack, exitCode, ...required } = line
        expect(expected).toMatchObject(required)
        expect([0, expected?.startStack]).toContain(startStack)
        expect([undefined, expected?.exitCode]).toContain(exitCode)
      }),
      { numRuns: 500 }
    )
  })

  test('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        parse(Buffer.from(bytes))
      })
    )
  })

  test('with a bracket and blanks in the name: zsh( )foo', () => {
    expect(parse(`206305 (zsh( )foo) S ${tailOf({ ppid: 206303, startTime: 10068, rss: 1 })}\n`)).toMatchObject({
      pid: 206305,
      comm: 'zsh( )foo',
      ppid: 206303,
      startTime: 10068
    })
  })

  test('bytes after the length are not looked at', () => {
    const bytes = Buffer.from(`7 (a) S ${tailOf({ ppid: 1, startTime: 5, rss: 6 })}\n9 (b) R 8) 1 1`)
    const into = emptyStatLine()
    const length = bytes.indexOf('\n') + 1
    expect(parseStatLine(bytes, length, into)).toBe(true)
    expect(into).toMatchObject({ pid: 7, comm: 'a', ppid: 1 })
  })

  test.each(['', '\n', '12', '12 (a', '12 (a)', '12 (a) S', 'x (a) S 1 2 3', '12 (a) 5 1 2 3', '12 (a) S 1 2 x 4'])(
    '%j is none',
    (text) => {
      expect(parse(text)).toBeUndefined()
    }
  )
})

test('a zombie with living threads has not ended', () => {
  expect(hasEnded({ state: 'Z', threads: 1 })).toBe(true)
  expect(hasEnded({ state: 'Z', threads: 3 })).toBe(false)
  expect(hasEnded({ state: 'X', threads: 0 })).toBe(true)
  expect(hasEnded({ state: 'S', threads: 1 })).toBe(false)
})

test('kernel threads carry PF_KTHREAD', () => {
  expect(isKernelThread({ flags: 0x208040 })).toBe(true)
  expect(isKernelThread({ flags: 4194304 })).toBe(false)
})
