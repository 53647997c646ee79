import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { includedOf } from '../../src/core/checks/assemble.ts'
import { parseRule } from '../../src/core/checks/grammar.ts'
import { meaningOf } from '../../src/core/checks/policies.ts'
import { printRule } from '../../src/core/checks/print.ts'
import { type Bounds, type Condition, INCLUDED, type Principal, type Range, type Rule, type Test } from '../../src/core/checks/rule.ts'

const ruleOf = (text: string): Rule => {
  const parsed = parseRule(text)
  if (!parsed.ok) throw new Error(`${text}: column ${parsed.error.column}: ${parsed.error.message}`)
  return parsed.value
}

describe('a rule', () => {
  it.each([
    ['tor:1-1', 'tor:1-1'],
    ['dbus-daemon:1-', 'dbus-daemon:1-'],
    ['nosuch:-5', 'nosuch:-5'],
    ['exe=/usr/sbin/sshd,user=root:1-', '/usr/sbin/sshd,user=root:1-'],
    ['/opt/a=b:1-1', '/opt/a=b:1-1'],
    ['tmux: server:1-1', 'tmux: server:1-1'],
    ['kworker/0:1,include=kernel:1-', 'kworker/0:1,include=kernel:1-'],
    ['context=system_u:system_r:sshd_t:s0-s0:c0.c1023:1-1', 'context=system_u:system_r:sshd_t:s0-s0:c0.c1023:1-1'],
    ['context=::init_t:1-1', 'context=::init_t:1-1'],
    ['args=^a{1\\,2}$:1-', 'args=^a{1\\,2}$:1-'],
    ['cpu=90%/10s,name!=gzip,user!=1000-1999:0-0', 'cpu=90%/10s,name!=gzip,user!=1000-1999:0-0'],
    ['cpu=90/lifetime:0-0', 'cpu=90%/lifetime:0-0'],
    ['memory=1024KB-,elapsed=90s-1h:1-', 'memory=1MB-,elapsed=90s-1h:1-'],
    ['state=Z:0-0', 'state=Z:0-0'],
    ['*,include=zombies,include=kernel:1-', '*,include=zombies,include=kernel:1-'],
    ['name=-bash:1-', 'name=-bash:1-'],
    ['name=no-zombies:1-', 'name=no-zombies:1-'],
    ['gid0-not-uid0', 'gid0-not-uid0:0-0'],
    ['gid0-not-uid0+groups+capabilities:-3', 'gid0-not-uid0+groups+capabilities:-3'],
    ['single-init-domain', 'single-init-domain:1-1']
  ])('%s is %s', (written, printed) => expect(printRule(ruleOf(written))).toBe(printed))

  it('is named by its selector as it was written', () => {
    expect(ruleOf('exe=/usr/sbin/sshd,user=root:1-').label).toBe('exe=/usr/sbin/sshd,user=root')
    expect(ruleOf('no-zombies').label).toBe('no-zombies')
  })

  it.each([
    ['sshd', 5],
    ['sshd:', 6],
    ['sshd:1', 6],
    ['sshd:-', 6],
    ['sshd:5-2', 6],
    ['sshd:99999999-', 6],
    ['sshd:1-99999999', 8],
    ['', 1],
    [':1-', 1],
    ['a,b:1-', 3],
    ['foo=bar:1-', 1],
    ['exe=sshd:1-', 5],
    ['sshd,user=a b:1-', 11],
    ['sshd,user=a,user=b:1-', 13],
    ['sshd,state=Q:1-', 12],
    ['sshd,ppid=x:1-', 11],
    ['cpu=90%:0-0', 5],
    ['cpu=90%/10s/x:0-0', 5],
    ['cpu=90%/1ms:0-0', 5],
    ['memory=-:0-0', 8],
    ['memory=2GB-1GB:0-0', 8],
    ['user=2000-1000:0-0', 6],
    ['args=(:1-', 6],
    ['args=(?=x)y:1-', 6],
    ['container=xyz:1-', 11],
    ['sshd,include=all:1-', 14],
    ['no-zombies+x', 11],
    ['gid0-not-uid0+group', 15],
    ['gid0-not-uid0+groups+groups', 22]
  ])('%j has its fault at column %i', (written, column) => {
    const parsed = parseRule(written)
    expect(parsed.ok ? 'a rule' : parsed.error.column).toBe(column)
  })

  it('has its fault behind escapes at the column as it was written', () => {
    const parsed = parseRule('name=a\\,b,user=x y:1-')
    expect(parsed.ok ? 'a rule' : parsed.error.column).toBe(16)
  })
})

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !text.startsWith('/'))
const special = fc.stringMatching(/^[\\,:=!\-0-9 a+*]{1,10}$/).filter((text) => !text.startsWith('/'))
const text = fc.oneof(word, special)
const id = fc.nat(4_294_967_294)
const pair = <T>(of: fc.Arbitrary<number>, make: (from: number, to: number) => T): fc.Arbitrary<T> =>
  fc.tuple(of, of).map(([a, b]) => make(Math.min(a, b), Math.max(a, b)))
const principal: fc.Arbitrary<Principal> = fc.oneof(
  id.map((one): Principal => ({ kind: 'id', id: one })),
  pair(id, (from, to): Principal => ({ kind: 'ids', from, to })),
  fc.stringMatching(/^[a-z_][a-z0-9_.,=\\-]{0,8}$/).map((name): Principal => ({ kind: 'name', name }))
)
const range = (of: fc.Arbitrary<number>): fc.Arbitrary<Range> =>
  fc.oneof(
    pair<Range>(of, (from, to) => ({ from, to })),
    of.map((from): Range => ({ from, to: undefined })),
    of.map((to): Range => ({ from: undefined, to }))
  )
const bytes = fc.nat(2 ** 50)
const condition: fc.Arbitrary<Condition> = fc.oneof(
  text.map((value): Condition => ({ field: 'name', value })),
  text.map((value): Condition => ({ field: 'exe', value: `/${value}` })),
  text.map((value): Condition => ({ field: 'script', value: `/${value}` })),
  fc.constantFrom('^a\\S+ b$', 'x,y', 'a:1-', '\\\\', '[^:]=\\d{1,3}').map((value): Condition => ({ field: 'args', value })),
  fc.tuple(fc.constantFrom('user' as const, 'group' as const), principal).map(([field, who]): Condition => ({ field, who })),
  text.filter((value) => /[^:]/.test(value)).map((value): Condition => ({ field: 'context', value, system: undefined })),
  fc.stringMatching(/^[RSDTtZXI]{1,4}$/).map((letters): Condition => ({ field: 'state', letters })),
  fc.nat(4_194_304).map((pid): Condition => ({ field: 'ppid', pid })),
  fc
    .oneof(fc.constantFrom('any', 'none'), fc.stringMatching(/^[0-9a-f]{4,64}$/))
    .map((one): Condition => ({ field: 'container', id: one })),
  fc.tuple(fc.nat(100_000), fc.oneof(fc.constant(undefined), fc.integer({ min: 100, max: 2_000_000_000 }))).map(
    ([percent, ms]): Condition => ({
      field: 'cpu',
      percent: percent / 10,
      over: ms === undefined ? { kind: 'lifetime' } : { kind: 'window', ms }
    })
  ),
  fc.tuple(fc.constantFrom('memory' as const, 'vsz' as const), range(bytes)).map(([field, one]): Condition => ({ field, range: one })),
  range(fc.nat(2 ** 45)).map((one): Condition => ({ field: 'elapsed', range: one }))
)

const bounds: fc.Arbitrary<Bounds> = fc.oneof(
  pair<Bounds>(fc.nat(4_194_304), (min, max) => ({ min, max })),
  fc.nat(4_194_304).map((min): Bounds => ({ min, max: undefined })),
  fc.nat(4_194_304).map((max): Bounds => ({ min: undefined, max }))
)

type Printed = Omit<Rule, 'label'>

/** Positive tests of one field contradict each other. */
const tests: fc.Arbitrary<readonly Test[]> = fc.uniqueArray(fc.record({ condition, negated: fc.boolean() }), {
  maxLength: 6,
  comparator: (a, b) => !a.negated && !b.negated && a.condition.field === b.condition.field
})

const selected: fc.Arbitrary<Printed> = fc
  .record({ tests, asked: fc.subarray([...INCLUDED]), bounds })
  .map(({ tests: all, asked, bounds: limits }) => ({ policy: undefined, tests: all, include: includedOf(all, asked), bounds: limits }))

const policed: fc.Arbitrary<Printed> = fc
  .tuple(
    fc.oneof(
      fc.subarray(['groups', 'capabilities']).map((options) => ({ name: 'gid0-not-uid0' as const, options })),
      fc.constantFrom(
        { name: 'no-zombies' as const, options: [] },
        { name: 'no-deleted-binaries' as const, options: [] },
        { name: 'single-init-domain' as const, options: [] },
        { name: 'single-init-domain' as const, options: ['/sbin/init'] }
      )
    ),
    bounds
  )
  .map(([policy, limits]) => ({ policy, ...meaningOf(policy), bounds: limits }))

describe('print and parse', () => {
  it('give the same rule again', () => {
    fc.assert(
      fc.property(fc.oneof(selected, policed), (rule) => {
        const { label: _label, ...again } = ruleOf(printRule(rule))
        expect(again).toEqual(rule)
      }),
      { numRuns: 2000 }
    )
  })

  it('never throw, whatever is written, and every fault lies within the text or right behind it', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.stringMatching(/^[\\,:=!a-z0-9/+*%-]{0,30}$/))
    fc.assert(
      fc.property(anything, fc.constantFrom('required' as const, 'none' as const), (written, wanted) => {
        const parsed = parseRule(written, wanted)
        if (parsed.ok) {
          if (wanted === 'required') expect(printRule(ruleOf(printRule(parsed.value)))).toBe(printRule(parsed.value))
        } else {
          expect(parsed.error.column).toBeGreaterThanOrEqual(1)
          expect(parsed.error.column).toBeLessThanOrEqual(written.length + 1)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it('refuse what is longer than a rule can be, without looking at it', () => {
    expect(parseRule(`${'a,'.repeat(500_000)}:1-`).ok).toBe(false)
  })
})
