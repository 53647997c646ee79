import { crc32 } from 'node:zlib'
import type { OrphanTerms } from '../settings.ts'
import type { Pair, Registration } from './registry.ts'
import { invalidTerms } from './terms.ts'

/** What the journal keeps of a registration; who asked is forgotten but for the uid. */
export type JournalPair = Pick<Registration, 'parent' | 'child' | 'uid' | 'terms' | 'since'>

/** One line of the journal: eight hexadecimal digits (CRC-32 of the rest), a blank, and what happened. */
export type JournalRecord =
  /** First of each file: on which boot and in which pid namespace its numbers mean anything. */
  | { readonly kind: 'head'; readonly boot: string; readonly pidNamespace: string }
  | { readonly kind: 'added'; readonly pair: JournalPair }
  | { readonly kind: 'removed'; readonly pair: Pair }

const FORMAT = 'orphans-2'
/** Its pairs have no terms and no time of their own. */
const OLD_FORMAT = 'orphans-1'
const NEWLINE = 0x0a
/** Longer ones are damage. */
const LONGEST_LINE = 256

export function encodeRecord(record: JournalRecord): string {
  const text = textOf(record)
  return `${checksum(text)} ${text}\n`
}

function textOf(record: JournalRecord): string {
  if (record.kind === 'head') return `${FORMAT} ${record.boot} ${record.pidNamespace}`
  const { parent, child, uid } = record.pair
  const numbers = `${parent.pid} ${parent.startTime} ${child.pid} ${child.startTime} ${uid}`
  if (record.kind === 'removed') return `- ${numbers}`
  const { terms, since } = record.pair
  return `+ ${numbers} ${terms.signal} ${terms.graceMs} ${terms.scope} ${since}`
}

/** What a record of the old format means: these terms, registered at this time (ms since the epoch). */
export interface JournalDefaults {
  readonly terms: OrphanTerms
  readonly since: number
}

/** undefined: damaged, or no record. `line` is without its newline. */
export function decodeRecord(line: string, defaults: JournalDefaults): JournalRecord | undefined {
  const text = line.slice(9)
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(text)) return undefined
  const [first = '', ...rest] = text.split(' ')
  if (first === FORMAT || first === OLD_FORMAT) {
    return rest.length === 2 ? { kind: 'head', boot: rest[0] ?? '', pidNamespace: rest[1] ?? '' } : undefined
  }
  const pair = pairOf(rest.slice(0, 5))
  if (pair === undefined) return undefined
  if (first === '-') return rest.length === 5 ? { kind: 'removed', pair } : undefined
  if (first !== '+') return undefined
  const more = rest.length === 5 ? defaults : saidOf(rest.slice(5))
  return more && { kind: 'added', pair: { ...pair, ...more } }
}

function pairOf(words: readonly string[]): Pair | undefined {
  const numbers = words.map(Number)
  if (numbers.length !== 5 || !numbers.every(Number.isSafeInteger)) return undefined
  const [parent = 0, parentStart = 0, child = 0, childStart = 0, uid = 0] = numbers
  return { parent: { pid: parent, startTime: parentStart }, child: { pid: child, startTime: childStart }, uid }
}

function saidOf(words: readonly string[]): JournalDefaults | undefined {
  const [signal, grace, scope, time] = words
  const [graceMs, since] = [Number(grace), Number(time)]
  const terms = { signal, graceMs, scope }
  if (words.length !== 4 || invalidTerms(terms) !== undefined || !Number.isSafeInteger(since)) return undefined
  return { terms: terms as OrphanTerms, since }
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')

export interface ReadJournal {
  /** `boot` and `pidNamespace` of the first record; undefined: there is none that is whole. */
  readonly head: Extract<JournalRecord, { kind: 'head' }> | undefined
  readonly pairs: readonly JournalPair[]
  /** Whole lines that were damaged. What was registered before one is not believed: the line may have taken it back. */
  readonly damaged: number
}

/** Reads what a journal says in the end; any bytes at all. A last line without its end was never confirmed, and does not count. */
export function readJournal(bytes: Buffer, keyOf: (pair: Pair) => string, defaults: JournalDefaults): ReadJournal {
  const pairs = new Map<string, JournalPair>()
  let head: ReadJournal['head']
  let damaged = 0
  let first = true
  for (let from = 0; ; first = false) {
    const end = bytes.indexOf(NEWLINE, from)
    if (end === -1) break
    const record = end - from > LONGEST_LINE ? undefined : decodeRecord(bytes.toString('latin1', from, end), defaults)
    from = end + 1
    if (record === undefined) {
      damaged += 1
      pairs.clear()
    } else if (record.kind === 'head') {
      if (first) head = record
    } else if (record.kind === 'added') pairs.set(keyOf(record.pair), record.pair)
    else pairs.delete(keyOf(record.pair))
  }
  return { head, pairs: head === undefined ? [] : [...pairs.values()], damaged }
}
