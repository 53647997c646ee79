import type { Problem } from './problem.ts'

export interface EnvLine {
  readonly name: string
  readonly value: string
  readonly line: number
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

/**
 * KEY=VALUE lines: blank lines and `#` comments are skipped, `export ` is allowed, 'single quotes' are literal,
 * "double quotes" know \n \t \r \" \\ , an unquoted value ends at ` #` and loses its outer blanks. Nothing is expanded.
 * Problems name line and column, never a value.
 */
export function parseEnvFile(source: string, file: string, problems: Problem[]): readonly EnvLine[] {
  const variables: EnvLine[] = []
  for (const [index, raw] of source.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1
    const text = raw.trim()
    if (text === '' || text.startsWith('#')) continue
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/s.exec(text)
    if (match === null) {
      problems.push({ place: { name: file, line, column: 1 }, message: 'expected NAME=VALUE, a # comment or an empty line' })
      continue
    }
    const [, name = '', rest = ''] = match
    const value = readValue(rest)
    if (value !== undefined) variables.push({ name, value, line })
    else
      problems.push({
        place: { name: file, line, column: raw.indexOf('=') + 2 },
        message: `${name}: expected a closing quote at the end of the value`
      })
  }
  return variables
}

function readValue(rest: string): string | undefined {
  if (rest.startsWith("'")) return /^'([^']*)'\s*(?:#.*)?$/s.exec(rest)?.[1]
  if (rest.startsWith('"')) {
    const inner = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/s.exec(rest)?.[1]
    return inner?.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character)
  }
  return rest.startsWith('#') ? '' : rest.replace(/\s#.*$/s, '').trimEnd()
}
