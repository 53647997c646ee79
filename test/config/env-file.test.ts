import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseEnvFile } from '../../src/config/env-file.ts'
import { type Problem, showProblem } from '../../src/config/problem.ts'

function parse(source: string): { variables: Record<string, string>; problems: string[] } {
  const problems: Problem[] = []
  const lines = parseEnvFile(source, '.env', problems)
  return { variables: Object.fromEntries(lines.map(({ name, value }) => [name, value])), problems: problems.map(showProblem) }
}

it('reads lines, quotes, comments and export', () => {
  const source = [
    '# comment',
    '',
    'A=1',
    'B = two words   # comment',
    "C='it is # $literal \\n'",
    'D="a\\tb\\n\\"c\\" # no comment" # comment',
    'export E=x=y',
    'F=',
    'G=#',
    "H='' "
  ].join('\r\n')
  expect(parse(source)).toEqual({
    variables: { A: '1', B: 'two words', C: 'it is # $literal \\n', D: 'a\tb\n"c" # no comment', E: 'x=y', F: '', G: '', H: '' },
    problems: []
  })
})

it('names line and column of what is wrong, and never a value', () => {
  const { variables, problems } = parse("GOOD=1\nhunter2\n1A=hunter2\nB=\"hunter2\nC='hunter2' hunter2\n")
  expect(variables).toEqual({ GOOD: '1' })
  expect(problems).toEqual([
    '.env:2:1: expected NAME=VALUE, a # comment or an empty line',
    '.env:3:1: expected NAME=VALUE, a # comment or an empty line',
    '.env:4:3: B: expected a closing quote at the end of the value',
    '.env:5:3: C: expected a closing quote at the end of the value'
  ])
})

it('gives back every value that was written in double quotes', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((value) => !/[\0]/.test(value)),
      (value) => {
        const written = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
        expect(parse(`A="${written}"`)).toEqual({ variables: { A: value }, problems: [] })
      }
    )
  )
})

it('takes time in proportion to its input, whatever that is', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (source) => void parse(source)))
  const started = performance.now()
  for (const source of [`A="${'\\'.repeat(1e6)}`, `A=${' '.repeat(1e6)}x`, 'A'.repeat(1e6), `export${' '.repeat(1e6)}`]) parse(source)
  expect(performance.now() - started).toBeLessThan(3000)
})
