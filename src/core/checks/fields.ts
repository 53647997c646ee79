import { parseAge, parseDuration, parsePercent, parseSize, showDuration, showSize } from '../units.ts'
import { linearPattern } from './patterns.ts'
import type { Condition, CpuSpan, Field, Principal, Range } from './rule.ts'

/** How the value of a field is read. */
interface FieldKind {
  /** Completes "expected ...". */
  readonly expected: string
  readonly read: (value: string) => Condition | undefined
}

/** A field that can be written in a rule. */
export type WrittenField = Exclude<Field, 'gid0' | 'deleted'>

const LARGEST_ID = 4_294_967_294
const LARGEST_PID = 4_194_304

export const FIELDS: Readonly<Record<WrittenField, FieldKind>> = {
  name: {
    expected: 'the name of a program',
    read: (value) => (value === '' || value.startsWith('/') ? undefined : { field: 'name', value })
  },
  exe: {
    expected: 'the whole path of a program, from /',
    read: (value) => (value.startsWith('/') ? { field: 'exe', value } : undefined)
  },
  script: {
    expected: 'the name or the whole path of a script',
    read: (value) => (value === '' || (value.includes('/') && !value.startsWith('/')) ? undefined : { field: 'script', value })
  },
  args: {
    expected: 'a regular expression that takes linear time: without lookahead, backreferences and counts of hundreds',
    read: (value) => (value === '' || linearPattern(value) === undefined ? undefined : { field: 'args', value })
  },
  user: principalKind('user', 'a user name, a uid or a range of uids such as 1000-1999'),
  group: principalKind('group', 'a group name, a gid or a range of gids such as 100-199'),
  context: {
    expected: 'a label: an SE Linux type, user:role:type:level with any part left empty, or an AppArmor profile',
    read: (value) => (/[^:]/.test(value) ? { field: 'context', value, system: undefined } : undefined)
  },
  state: {
    expected: 'letters of process states, of R S D T t Z X I',
    read: (value) => (/^[RSDTtZXI]+$/.test(value) ? { field: 'state', letters: value } : undefined)
  },
  ppid: {
    expected: 'a process id',
    read: (value) => {
      const pid = whole(value, LARGEST_PID)
      return pid === undefined ? undefined : { field: 'ppid', pid }
    }
  },
  container: {
    expected: 'any, none, or at least 4 hexadecimal digits that the id of a container begins with',
    read: (value) => (/^(?:any|none|[0-9a-f]{4,64})$/.test(value) ? { field: 'container', id: value } : undefined)
  },
  cpu: {
    expected: 'a limit (100% is one core) and the time it is for, such as 90%/10s or 90%/lifetime',
    read: readCpu
  },
  memory: rangeKind('memory', 'sizes such as 100MB- (at least), -2GB (at most) or 100MB-2GB', parseSize),
  vsz: rangeKind('vsz', 'sizes such as 100MB- (at least), -2GB (at most) or 100MB-2GB', parseSize),
  elapsed: rangeKind('elapsed', 'times such as 1h- (at least), -30s (at most) or 1m-1h', parseAge)
}

export const isWritten = (field: string): field is WrittenField => Object.hasOwn(FIELDS, field)

/** The value of a field as a person would write it: read again, it is the same condition; undefined for what only policies ask. */
export function showCondition(condition: Condition): string | undefined {
  switch (condition.field) {
    case 'name':
    case 'exe':
    case 'script':
    case 'args':
    case 'context':
      return condition.value
    case 'user':
    case 'group':
      return showPrincipal(condition.who)
    case 'state':
      return condition.letters
    case 'ppid':
      return String(condition.pid)
    case 'container':
      return condition.id
    case 'cpu':
      return `${condition.percent}%/${condition.over.kind === 'lifetime' ? 'lifetime' : showDuration(condition.over.ms)}`
    case 'memory':
    case 'vsz':
      return showRange(condition.range, showSize)
    case 'elapsed':
      return showRange(condition.range, showDuration)
    case 'gid0':
    case 'deleted':
      return undefined
  }
}

export const showPrincipal = (who: Principal): string =>
  who.kind === 'name' ? who.name : who.kind === 'id' ? String(who.id) : `${who.from}-${who.to}`

const showRange = ({ from, to }: Range, show: (value: number) => string): string =>
  `${from === undefined ? '' : show(from)}-${to === undefined ? '' : show(to)}`

function principalKind(field: 'user' | 'group', expected: string): FieldKind {
  return {
    expected,
    read: (value) => {
      const who = readPrincipal(value)
      return who && { field, who }
    }
  }
}

function readPrincipal(value: string): Principal | undefined {
  const range = /^(\d+)-(\d+)$/.exec(value)
  if (range !== null) {
    const from = whole(range[1], LARGEST_ID)
    const to = whole(range[2], LARGEST_ID)
    return from === undefined || to === undefined || from > to ? undefined : { kind: 'ids', from, to }
  }
  if (/^\d+$/.test(value)) {
    const id = whole(value, LARGEST_ID)
    return id === undefined ? undefined : { kind: 'id', id }
  }
  // passwd(5): neither a colon nor the end of a line; nothing that getent(1) takes for an option
  return value === '' || value.startsWith('-') || /[:\s/]/.test(value) ? undefined : { kind: 'name', name: value }
}

function readCpu(value: string): Condition | undefined {
  const [limit = '', time, ...rest] = value.split('/')
  const percent = parsePercent(limit)
  const over = readSpan(time)
  return percent === undefined || over === undefined || rest.length > 0 ? undefined : { field: 'cpu', percent, over }
}

/** Shorter than that the kernel's clock ticks say nothing. */
const LEAST_WINDOW_MS = 100

export function readSpan(time: string | undefined): CpuSpan | undefined {
  if (time === 'lifetime') return { kind: 'lifetime' }
  const ms = parseDuration(time)
  return ms === undefined || ms < LEAST_WINDOW_MS ? undefined : { kind: 'window', ms }
}

function rangeKind(field: 'memory' | 'vsz' | 'elapsed', expected: string, parse: (text: string) => number | undefined): FieldKind {
  return {
    expected,
    read: (value) => {
      const range = readRange(value, parse)
      return range && { field, range }
    }
  }
}

function readRange(value: string, parse: (text: string) => number | undefined): Range | undefined {
  const dash = value.indexOf('-')
  if (dash === -1) return undefined
  const [low, high] = [value.slice(0, dash), value.slice(dash + 1)]
  const from = low === '' ? undefined : parse(low)
  const to = high === '' ? undefined : parse(high)
  if ((from === undefined && low !== '') || (to === undefined && high !== '')) return undefined
  if (from === undefined && to === undefined) return undefined
  return from !== undefined && to !== undefined && from > to ? undefined : { from, to }
}

const whole = (text: string | undefined, most: number): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : undefined
