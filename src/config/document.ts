import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type ParsedNode, Scalar, type YAMLMap } from 'yaml'
import type { Place, Problem } from './problem.ts'

/** Deeper nesting is no configuration. */
const MAX_DEPTH = 32
/** Values in all, with those that aliases repeat. */
const MAX_VALUES = 100_000

/** Fields whose plain scalars are text, exactly as written: `user: 1000`, `name: 007`. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['command', 'user', 'group', 'name', 'line'])
/** The same for what they hold: `command: [sleep, 0100]`, `env: {VERSION: 1.10}`. */
const FIELDS_OF_TEXT: ReadonlySet<string> = new Set(['command', 'exec', 'env', 'supplementaryGroups', 'after', 'redact'])

export type Path = readonly (string | number)[]

/** A document as plain values, and where each of them stands. */
export interface Located {
  readonly value: unknown
  /** Position of the value at this path, of its key, or of what is nearest above it. */
  readonly place: (path: Path, what: 'key' | 'value') => Place
}

interface Position {
  readonly key: number
  readonly value: number
}

/** Thrown once values are beyond all bounds: reading on would only cost time. */
class Beyond extends Error {}

const pathKey = (path: Path): string => path.join('\0')

/**
 * Turns a YAML document into plain values without prototypes: aliases followed, `<<` merged, duplicate and odd keys refused.
 * Iterates within MAX_DEPTH and MAX_VALUES; adds what is wrong to `problems`.
 */
export function locate(document: Document.Parsed<ParsedNode>, lines: LineCounter, file: string, problems: Problem[]): Located {
  const positions = new Map<string, Position>()
  const anchors = new Map<string, Node>()
  let values = 0

  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { name: file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const report = (offset: number, message: string): void => {
    problems.push({ place: placeAt(offset), message })
  }
  const startOf = (node: Node | null | undefined, otherwise: number): number => node?.range?.[0] ?? otherwise

  function convert(node: Node | null, path: Path, at: number): unknown {
    if (++values > MAX_VALUES)
      throw new Beyond(`more than ${MAX_VALUES.toLocaleString('en')} values, aliases counted as often as they are used`)
    if (path.length > MAX_DEPTH) throw new Beyond(`nested deeper than ${MAX_DEPTH} levels`)
    if (node === null) return null
    if (isAlias(node)) return follow(node.source, path, startOf(node, at))
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isMap(node)) return convertMap(node, path, startOf(node, at))
    if (isSeq(node)) return node.items.map((item, index) => convertItem(item as Node | null, [...path, index], startOf(node, at)))
    return isScalar(node) ? scalarValue(node, path) : null
  }

  function convertItem(item: Node | null, path: Path, at: number): unknown {
    const offset = startOf(item, at)
    positions.set(pathKey(path), { key: offset, value: offset })
    return convert(item, path, offset)
  }

  function follow(name: string, path: Path, at: number): unknown {
    const target = anchors.get(name)
    if (target !== undefined) return convert(target, path, at)
    report(at, `unknown alias '*${name}'`)
    return null
  }

  function convertMap(map: YAMLMap, path: Path, at: number): unknown {
    const result: Record<string, unknown> = Object.create(null)
    const merges: { readonly node: Node | null; readonly at: number }[] = []
    for (const pair of map.items) {
      const keyNode = pair.key as Node | null
      const valueNode = pair.value as Node | null
      const keyAt = startOf(keyNode, at)
      if (isScalar(keyNode) && keyNode.value === '<<' && keyNode.type === Scalar.PLAIN) {
        merges.push({ node: valueNode, at: keyAt })
        continue
      }
      const key = keyName(keyNode)
      if (key === undefined || key === '__proto__' || key.includes('\0')) report(keyAt, 'expected a plain word as key')
      else if (key in result) report(keyAt, `the key '${key}' stands twice in ${describePath(path)}`)
      else {
        const below = [...path, key]
        positions.set(pathKey(below), { key: keyAt, value: startOf(valueNode, keyAt) })
        result[key] = convert(valueNode, below, keyAt)
      }
    }
    for (const merge of merges) mergeInto(result, merge.node, path, merge.at)
    return result
  }

  function mergeInto(result: Record<string, unknown>, node: Node | null, path: Path, at: number): void {
    const merged = convert(node, [...path, '<<'], at)
    for (const layer of Array.isArray(merged) ? merged : [merged]) {
      if (typeof layer !== 'object' || layer === null || Array.isArray(layer)) {
        report(at, "'<<' takes a map, or a list of maps")
        continue
      }
      for (const [key, value] of Object.entries(layer)) {
        if (key in result) continue
        positions.set(pathKey([...path, key]), { key: at, value: at })
        result[key] = value
      }
    }
  }

  function place(path: Path, what: 'key' | 'value'): Place {
    for (let length = path.length; length > 0; length--) {
      const position = positions.get(pathKey(path.slice(0, length)))
      if (position !== undefined) return placeAt(length === path.length ? position[what] : position.value)
    }
    return placeAt(startOf(document.contents, 0))
  }

  try {
    return { value: convert(document.contents, [], 0), place }
  } catch (error) {
    if (!(error instanceof Beyond)) throw error
    problems.push({ place: { name: file }, message: error.message })
    return { value: {}, place }
  }
}

const keyName = (node: Node | null): string | undefined => {
  if (!isScalar(node)) return undefined
  return typeof node.value === 'string' ? node.value : node.source
}

function scalarValue(node: Scalar, path: Path): unknown {
  const fields = (path[0] === 'extensions' ? path.slice(2) : path).filter((step) => step !== '<<')
  const isText = TEXT_FIELDS.has(String(fields.at(-1))) || FIELDS_OF_TEXT.has(String(fields.at(-2)))
  return isText && node.value !== null && node.source !== undefined ? node.source : node.value
}

/** `worker.limits`, or the top level. */
export const describePath = (path: Path): string => (path.length === 0 ? 'the top level' : path.join('.'))
