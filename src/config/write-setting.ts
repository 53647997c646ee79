import { isAlias, isMap, isScalar, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { failure, type Result, success } from '../core/errors.ts'

/** Whether it is JSON, where every key and text stands in double quotes. */
export function isStrictJson(source: string): boolean {
  try {
    JSON.parse(source)
    return true
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return false
  }
}

type Value = string | number

/** The text with one scalar in it, replaced or put behind the last entry of its map; nothing else is touched. */
export function writeSetting(source: string, path: readonly string[], value: Value, json: boolean): Result<string> {
  let at: Node | null = parseDocument(source).contents
  for (const [index, step] of path.entries()) {
    if (!isMap(at)) return isAlias(at) ? shared(path, index) : absent(path, index)
    const pair = pairOf(at, step)
    if (pair === undefined) return index < holderLength(path) ? absent(path, index + 1) : insert(source, at, path.slice(index), value, json)
    at = pair.value
  }
  if (!isScalar(at)) return isAlias(at) ? shared(path, path.length) : absent(path, path.length)
  const [start = 0, end = 0] = at.range ?? []
  return success(source.slice(0, start) + quotedAs(source.slice(start, end), value) + source.slice(end))
}

/** `worker`, or `extensions` and a name: what must be there. */
const holderLength = (path: readonly string[]): number => (path[0] === 'worker' ? 1 : 2)

const absent = (path: readonly string[], length: number): Result<never> =>
  failure('not-in-file', `${path.slice(0, length).join('.')} is not written in the configuration file, so nothing can be saved there`)

const shared = (path: readonly string[], length: number): Result<never> =>
  failure(
    'not-in-file',
    `${path.slice(0, length).join('.')} is an alias in the configuration file: what is saved there would count elsewhere too`
  )

function pairOf(map: YAMLMap, step: string): Pair<unknown, Node | null> | undefined {
  return (map.items as Pair<unknown, Node | null>[]).find(({ key }) => isScalar(key) && String(key.source ?? key.value) === step)
}

function quotedAs(found: string, value: Value): string {
  const quote = found.charAt(0)
  return quote === '"' || quote === "'" ? `${quote}${value}${quote}` : String(value)
}

function insert(source: string, map: YAMLMap, steps: readonly string[], value: Value, json: boolean): Result<string> {
  return success(map.flow === true ? insertInFlow(source, map, steps, value, json) : insertInBlock(source, map, steps, value))
}

/** `{a: 1}` becomes `{a: 1, b: {c: 2}}`, each entry on its own line where the last one is. */
function insertInFlow(source: string, map: YAMLMap, steps: readonly string[], value: Value, json: boolean): string {
  const brace = (map.range?.[1] ?? 1) - 1
  const end = source.slice(0, brace).trimEnd().length
  const last = source.charAt(end - 1)
  const before = leadOf(source, keyStart(map.items.at(-1)))
  const entry = flowEntry(steps, value, json)
  const isEmpty = map.items.length === 0
  const separator = isEmpty || last === ',' ? '' : ','
  return `${source.slice(0, end)}${separator}${isEmpty ? '' : (before ?? ' ')}${entry}${source.slice(end)}`
}

function flowEntry([step, ...rest]: readonly string[], value: Value, json: boolean): string {
  const key = json ? JSON.stringify(step) : step
  if (rest.length > 0) return `${key}: {${flowEntry(rest, value, json)}}`
  return `${key}: ${json ? JSON.stringify(value) : value}`
}

/** A line of its own, indented as the others, behind the line on which the last entry ends. */
function insertInBlock(source: string, map: YAMLMap, steps: readonly string[], value: Value): string {
  const first = keyStart(map.items[0])
  const indent = ' '.repeat(first - (source.lastIndexOf('\n', first - 1) + 1))
  const eol = source.includes('\r\n') ? '\r\n' : '\n'
  const content = source.slice(0, endOf(map)).trimEnd().length
  const next = source.indexOf(eol, content)
  const end = next === -1 ? source.trimEnd().length : next
  const lines = steps.map((step, depth) => `${eol}${indent}${'  '.repeat(depth)}${step}:${depth === steps.length - 1 ? ` ${value}` : ''}`)
  return source.slice(0, end) + lines.join('') + source.slice(end)
}

/** The end of the last scalar in it: the range of a block reaches to what comes next. */
function endOf(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1)
    return last === undefined ? (node.range?.[1] ?? 0) : Math.max(endOf(last.key), endOf(last.value))
  }
  return (node as Node | null)?.range?.[1] ?? 0
}

function keyStart(pair: Pair | undefined): number {
  return (pair?.key as Node | undefined)?.range?.[0] ?? 0
}

/** The line break and indent before this offset; undefined: it is not the first thing on its line. */
function leadOf(source: string, offset: number): string | undefined {
  const start = source.lastIndexOf('\n', offset - 1)
  const lead = source.slice(start, offset)
  return start !== -1 && lead.trim() === '' ? lead : undefined
}
