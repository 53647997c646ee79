import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { canonicalWords, readWithMeow } from '../../src/commands/arguments.ts'
import { subcommandHelp } from '../../src/commands/help.ts'
import { readProcess, signalWord } from '../../src/commands/process-words.ts'
import { flagOf, HELP } from '../../src/commands/spec.ts'
import { SPEC_NAMES, SPECS, specNamed } from '../../src/commands/specs.ts'
import { SUBCOMMANDS } from '../../src/commands/table.ts'
import { tableLines } from '../../src/commands/text/table.ts'

const read = (name: keyof typeof SPECS, ...argv: string[]) => {
  const { words, options } = canonicalWords(name, SPECS[name], argv)
  return { words, options: Object.fromEntries(options.map(({ option, value }) => [option.name, value ?? true])) }
}

describe('arguments of subcommands', () => {
  test('options stand anywhere, in every spelling', () => {
    expect(read('logs', '-f', 'api', '-n5')).toEqual({ words: ['api'], options: { follow: true, lines: '5' } })
    expect(read('logs', 'api', '--lines=5', '--control_socket', '/x')).toEqual({
      words: ['api'],
      options: { lines: '5', 'control-socket': '/x' }
    })
    expect(read('logs', '-n', '5', '--', '-x')).toEqual({ words: ['-x'], options: { lines: '5' } })
    expect(read('signal', 'api', '-9')).toEqual({ words: ['api', '-9'], options: {} })
  })

  test('a value that may be left out never takes a word', () => {
    expect(read('stop', '--wait', 'api')).toEqual({ words: ['api'], options: { wait: true } })
    expect(read('stop', '--wait=5s', 'api')).toEqual({ words: ['api'], options: { wait: '5s' } })
  })

  test.each([
    ['logs', ['--folow'], '--folow: unknown option; did you mean --follow?'],
    ['logs', ['--lines'], '--lines: found nothing, expected N'],
    ['logs', ['--lines='], '--lines: found nothing, expected N'],
    ['logs', ['--lines', '--json'], '--lines: found nothing, expected N'],
    ['logs', ['--follow=yes'], '--follow: takes no value'],
    ['logs', ['-f', '--follow'], '--follow: given more than once'],
    ['stop', ['--wait='], '--wait: found nothing, expected DURATION']
  ] as const)('%s %j', (name, argv, message) => {
    expect(() => read(name, ...argv)).toThrow(expect.objectContaining({ name: 'UserError', message, exitCode: 2 }))
  })

  test('meow reads values as they were written', async () => {
    fc.assert(
      await fc.asyncProperty(fc.string({ minLength: 1 }), async (value) => {
        const { options } = canonicalWords('logs', SPECS.logs, [`--control-socket=${value}`, '--json'])
        expect(await readWithMeow(options)).toEqual({ 'control-socket': value, json: true })
      })
    )
    const { options } = canonicalWords('attach', SPECS.attach, ['--no-color', '--read-only'])
    expect(await readWithMeow(options)).toEqual({ color: false, 'read-only': true })
  })

  test('every subcommand has a page, at most 80 columns wide, that names every option', () => {
    for (const name of SPEC_NAMES) expect(SUBCOMMANDS).toHaveProperty(name)
    for (const name of SPEC_NAMES) {
      const spec = specNamed(name)
      if (spec === undefined) throw new Error(name)
      const page = subcommandHelp(name, spec)
      for (const line of page.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(80)
      for (const option of [...spec.options, HELP]) expect(page).toContain(flagOf(option))
      expect(page).toContain('Exit codes\n  0')
    }
  })
})

test('processes and signals as people type them', () => {
  expect(readProcess('4211')).toEqual({ pid: 4211, startTime: undefined })
  expect(readProcess('4211:99')).toEqual({ pid: 4211, startTime: 99 })
  for (const wrong of ['', '0', '-1', '99999999999', '4211:', '4211:x', 'api', ' 1']) expect(readProcess(wrong)).toBeUndefined()
  for (const term of ['TERM', 'SIGTERM', 'term', '15', '-15', '-TERM']) expect(signalWord(term)).toBe('SIGTERM')
  for (const wrong of ['', 'NOPE', '0', '99', '1.5']) expect(signalWord(wrong)).toBeUndefined()
})

test('tables: columns by width, the last one cut to the terminal, nothing that a terminal would act on', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'NOTE' }] as const
  expect(
    tableLines(
      columns,
      [
        ['api', '7', 'x'],
        ['日本語', '12', '']
      ],
      80
    )
  ).toEqual(['NAME     N  NOTE', 'api      7  x', '日本語  12'])
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 3 }), fc.string({ unit: 'binary' }))),
      (rows) => {
        for (const line of tableLines(columns, rows, 80)) {
          expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
          expect(stringWidth(line)).toBeLessThanOrEqual(80)
        }
      }
    )
  )
})
