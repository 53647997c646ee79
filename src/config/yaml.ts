import { Lexer, LineCounter, parseAllDocuments, type YAMLParseError } from 'yaml'
import { type Located, locate } from './document.ts'
import type { Problem } from './problem.ts'

/** Bounds for what the parser is given, since its time is not linear in broken input. */
const MAX_TOKENS = 200_000
const MAX_FLOW_DEPTH = 32
/** The parser may find one at every character. */
const MAX_FAULTS = 100

/** Tokens of the lexer that stand for no text: start of a document, end of a flow, start of a scalar. */
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f'])

/** Reads YAML (JSON is YAML) with positions. Everything wrong goes to `problems`; the value is what could be read. */
export function parseYaml(source: string, file: string, problems: Problem[]): Located {
  const empty: Located = { value: Object.create(null), place: () => ({ name: file, line: 1, column: 1 }) }
  const lines = new LineCounter()
  const beyond = outOfBounds(source)
  if (beyond !== undefined) {
    problems.push({ place: { name: file, ...lineAndColumn(source, beyond.offset) }, message: beyond.message })
    return empty
  }
  const documents = parseAllDocuments(source, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, schema: 'core', merge: false })
  const first = 'empty' in documents ? undefined : documents[0]
  if (first === undefined) return empty
  const faults: readonly YAMLParseError[] = documents.flatMap((document) => document.errors)
  for (const fault of [...faults, ...first.warnings].slice(0, MAX_FAULTS)) {
    problems.push({ place: { name: file, ...lineAndColumn(source, fault.pos[0]) }, message: `not valid YAML: ${sentence(fault.message)}` })
  }
  const second = documents[1]
  if (second !== undefined) {
    problems.push({
      place: { name: file, ...lineAndColumn(source, second.range[0]) },
      message: 'a second document starts here; expected one document'
    })
  }
  if (faults.length > 0) return empty
  const located = locate(first, lines, file, problems)
  return located.value === null ? { ...located, value: empty.value } : located
}

function outOfBounds(source: string): { offset: number; message: string } | undefined {
  let offset = 0
  let tokens = 0
  let depth = 0
  for (const token of new Lexer().lex(source)) {
    if (++tokens > MAX_TOKENS)
      return { offset, message: `more than ${MAX_TOKENS.toLocaleString('en')} words and signs; expected a configuration` }
    if (token === '[' || token === '{') depth++
    if (token === ']' || token === '}') depth--
    if (depth > MAX_FLOW_DEPTH) return { offset, message: `nested deeper than ${MAX_FLOW_DEPTH} levels` }
    if (!MARKS.has(token)) offset += token.length
  }
  return undefined
}

/** Line and column, from 1, of an offset. */
export function lineAndColumn(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset)
  const start = before.lastIndexOf('\n') + 1
  return { line: (before.match(/\n/g)?.length ?? 0) + 1, column: offset - start + 1 }
}

const sentence = (message: string): string => {
  if (message.includes('call stack')) return 'nested too deeply'
  const line = message.split('\n', 1)[0] ?? message
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
