import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joinArguments, MAX_COMMAND_LINE_BYTES, splitCommandLine } from '../../src/core/process/details/arguments.ts'
import { flagText, PROCESS_FLAGS } from '../../src/core/process/details/flags.ts'
import { redactedArguments } from '../../src/core/process/details/redacted-arguments.ts'
import { createRedactor, SECRET_PATTERNS } from '../../src/core/redact.ts'

/** As /proc/PID/cmdline has them: a NUL behind each. */
const decode = (...argv: (string | Buffer)[]): string => {
  const bytes = Buffer.concat(argv.map((word) => Buffer.concat([Buffer.from(word), Buffer.of(0)])))
  return joinArguments(splitCommandLine(bytes).argv.slice(1))
}

describe('the arguments in one line', () => {
  test.each<[readonly (string | Buffer)[], string]>([
    [['p', Buffer.of(0xc3, 0x28), 'arg2'], '\ufffd( arg2'],
    [['p', '-c', 'cat /etc/passwd'], '-c "cat /etc/passwd"'],
    [['p', 'a', '', 'b'], 'a  b'],
    [['p', 'a b', 'c'], ' "a b" c'],
    [['p', 'say "hi" now'], ' "say "hi" now"'],
    [['p', 'a\tb'], 'a\tb'],
    [['p', ''], ''],
    [['p'], ''],
    [['p', 'ä', '日本'], 'ä 日本'],
    [[], '']
  ])('of %j is %j', (argv, expected) => {
    expect(decode(...argv)).toBe(expected)
  })

  test('rows of NULs behind a title are no arguments', () => {
    expect(splitCommandLine(Buffer.from('nginx: worker process\0\0\0\0\0\0')).argv).toEqual(['nginx: worker process'])
  })

  test('a last argument that is empty is one', () => {
    expect(splitCommandLine(Buffer.from('a\0b\0\0')).argv).toEqual(['a', 'b', ''])
  })

  test('a long command line is cut between characters, and says so', () => {
    const text = `p\0${'é'.repeat(MAX_COMMAND_LINE_BYTES)}\0`
    const { argv, cut } = splitCommandLine(Buffer.from(text).subarray(0, MAX_COMMAND_LINE_BYTES + 1))
    expect(cut).toBe(true)
    expect(argv[1]).toMatch(/^é+$/)
    expect(splitCommandLine(Buffer.from('p\0short\0')).cut).toBe(false)
  })

  test('whatever the bytes are, no argument holds a NUL, and arguments without blanks come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { argv } = splitCommandLine(Buffer.from(bytes))
        expect(argv.every((word) => !word.includes('\0'))).toBe(true)
      })
    )
    const word = fc.stringMatching(/^[!-~]{1,12}$/)
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 10 }), (argv) => {
        expect(decode('p', ...argv).split(' ')).toEqual(argv)
      })
    )
  })
})

describe('arguments without secrets', () => {
  const redact = createRedactor(SECRET_PATTERNS)

  test.each<[readonly string[], string]>([
    [['curl', '--password', 'hunter2', 'x'], '--password [redacted] x'],
    [['app', '--token=abc', 'y'], '--token=[redacted] y'],
    [['app', '--password', 'two words'], '--password [redacted]'],
    [['app', 'https://me:pw@host/'], 'https://me:[redacted]@host/'],
    [['app', 'plain', 'two words'], 'plain "two words"']
  ])('%j', (argv, expected) => {
    expect(redactedArguments(argv, redact)).toBe(expected)
  })

  test('a pattern that begins with the program hides them too', () => {
    const own = createRedactor(['mysql .*-p\\S+'])
    expect(redactedArguments(['mysql', '-u', 'me', '-psecret'], own)).not.toContain('secret')
  })

  test('no secret of any kind comes through, however it is given', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/)
    const forms = fc.constantFrom<(s: string) => string[]>(
      (s) => ['--password', s],
      (s) => [`--api-key=${s}`],
      (s) => [`DB_PASSWORD=${s}`],
      (s) => ['-H', `Authorization: Bearer ${s}`],
      (s) => [`postgres://u:${s}@h/db`]
    )
    fc.assert(
      fc.property(secret, forms, fc.array(fc.constantFrom('a', 'b c', '', '-x')), (value, form, before) => {
        expect(redactedArguments(['prog', ...before, ...form(`Zz9${value}`)], redact)).not.toContain(`Zz9${value}`)
      })
    )
  })
})

test('flags stand in their order, each once', () => {
  expect(flagText('inInitTree', 'rootcwd', 'execve', 'rootcwd')).toBe('execve rootcwd inInitTree')
  expect(flagText(...[...PROCESS_FLAGS].reverse())).toBe(PROCESS_FLAGS.join(' '))
  expect(flagText()).toBe('')
})
