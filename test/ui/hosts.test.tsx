import { expect, test } from 'vitest'
import { composeSessions } from '../../src/client/compose-sessions.ts'
import { BRANCH_TICKS } from '../../src/session.ts'
import type { SupervisorState } from '../../src/store.ts'
import { rowSentence } from '../../src/ui/spoken/row.ts'
import { selectedRow } from '../../src/ui/view/selection.ts'
import { rowsOf } from '../../src/ui/view/world.ts'
import { createFakeSession, fakeEvents, fakePair, fakeState, NOW } from '../helpers/fake-session.ts'
import { frameOf } from '../helpers/frame.tsx'
import { commandsOf, play, rowKeys, selectedKey, typed, worldOf } from '../helpers/world.ts'

const registered = (armed: number, ...children: readonly number[]): SupervisorState['orphans'] => ({
  socket: undefined,
  armed,
  acting: 0,
  parents: 1,
  refused: 0,
  pairs: children.map((child) => fakePair(child, 5100, { childCommand: `job-${child}` }))
})
const NONE = registered(0)

/** a has one orphan; b the very same one and one more, and ten that are not listed; c nothing but one; d nodes and nothing else. */
const hosts = composeSessions(
  Object.entries({
    a: fakeState({ orphans: registered(1, 5123) }),
    b: fakeState({ orphans: registered(12, 5123, 5124) }),
    c: fakeState({ nodes: {}, order: [], orphans: registered(1, 5123) }),
    d: fakeState({ orphans: NONE }),
    e: fakeState({ nodes: {}, order: [], orphans: NONE })
  }).map(([label, state]) => ({ label, session: createFakeSession(state) }))
)
const state = hosts.getState()
const world = worldOf(state)
const NODES = ['node X/api', 'process 4211', 'process 4219', 'node X/indexer', 'process 4302', 'node X/shipper']
const below = (label: string) => NODES.map((key) => key.replace('X', label))
const keys = (...pressed: readonly string[]) =>
  rowKeys(play(pressed, world).view, world).map((key) => key.replace(/^(process|orphan) (\d+):.*/, '$1 $2'))
const lineWith = (lines: readonly string[], part: string): string => lines.find((line) => line.includes(part)) ?? ''
/** The keys that lead to the row in this place. */
const down = (index: number) => Array.from({ length: index }, () => 'down')

test('orphans stand below their own host, which may have nothing else', () => {
  expect(keys()).toEqual([
    'branch a',
    ...below('a'),
    'orphans a',
    'orphan 5123',
    'branch b',
    ...below('b'),
    'orphans b',
    'orphan 5123',
    'orphan 5124',
    'more orphans b',
    'branch c',
    'orphans c',
    'orphan 5123',
    'branch d',
    ...below('d')
  ])
  const lines = frameOf({ state, rows: 60 })
  expect(lines.filter((line) => /^ {3}▾ orphans +1 registered, 1 parent$/.test(line.trimEnd()))).toHaveLength(2)
  expect(lineWith(lines, '12 registered')).toMatch(/^ {3}▾ orphans/)
  expect(lineWith(lines, 'job-5124')).toMatch(/^ {5}├─ job-5124 +5124 ◆ armed/)
  expect(lineWith(lines, 'and 10 more')).toMatch(/^ {5}└─ … and 10 more/)
  for (const line of frameOf({ state, columns: 80, rows: 60 })) expect(line.length).toBeLessThanOrEqual(80)
})

test('they fold alone and with their host, and Left leads to the heading, then to the host', () => {
  expect(keys(...down(7), 'left')).not.toEqual(keys())
  expect(keys(...down(7), 'left')).toHaveLength(keys().length - 1)
  expect(keys('left')).toEqual(keys().filter((_, index) => index === 0 || index > 8))
  expect(selectedKey(play([...down(8), 'left'], world).view, world)).toBe('orphans a')
  expect(selectedKey(play([...down(8), 'left', 'left', 'left'], world).view, world)).toBe('branch a')
})

test('in the flat list each heading says whose they are', () => {
  const lines = frameOf({ state, rows: 60, keys: ['t'] })
  for (const label of ['a', 'b', 'c']) expect(lineWith(lines, `orphans   of ${label} `)).toContain('registered')
  expect(keys('t').slice(-8)).toEqual([
    'orphans a',
    'orphan 5123',
    'orphans b',
    'orphan 5123',
    'orphan 5124',
    'more orphans b',
    'orphans c',
    'orphan 5123'
  ])
})

test('what is done to one is done on its host, and the question says which', () => {
  const onB = down(keys().indexOf('orphans b') + 1)
  const selected = selectedRow(play(onB, world).view, rowsOf(play(onB, world).view, world))
  expect(selected?.kind === 'orphan' && selected.pair.child).toEqual({ pid: 5123, startTime: 805_123 + BRANCH_TICKS })
  for (const key of ['u', 'E']) {
    const text = frameOf({ state, keys: [...onB, key] }).join('\n')
    expect(text).toContain('pid 5123 on b, started at tick 805123')
  }
  expect(frameOf({ state, keys: [...onB, 'enter'] }).join('\n')).toMatch(/supervisor +b\s*\n[\s\S]*5123 job-5123 \(tick 805123\)/)
  expect(commandsOf(play([...onB, 'E', 'enter'], world).effects)).toMatchObject([
    { type: 'end-orphan', child: { pid: 5123, startTime: 805_123 + BRANCH_TICKS } }
  ])
  expect(commandsOf(play([...onB, 'u', 'enter'], world).effects)).toMatchObject([
    { type: 'unregister', expect: { parentStart: 805_100 + BRANCH_TICKS, childStart: 805_123 + BRANCH_TICKS } }
  ])
})

test('the twin of another host is no substitute for one that went', () => {
  const onB = down(keys().indexOf('orphans b') + 1)
  const open = play([...onB, 'E'], world).view
  const without = composeSessions(
    ['a', 'b'].map((label) => ({ label, session: createFakeSession(fakeState({ orphans: label === 'a' ? registered(1, 5123) : NONE })) }))
  ).getState()
  expect(commandsOf(play(['enter'], worldOf(without, { shown: state }), open).effects)).toEqual([])
})

test('the filter and the search find them by their host; they are spoken with it', () => {
  expect(keys('\\', ...typed('node:b/orphans'), 'enter')).toEqual(['branch b', 'orphans b', 'orphan 5123', 'orphan 5124'])
  expect(keys('\\', ...typed('job-5123'), 'enter')).toEqual([
    'branch a',
    'orphans a',
    'orphan 5123',
    'branch b',
    'orphans b',
    'orphan 5123',
    'branch c',
    'orphans c',
    'orphan 5123'
  ])
  const rows = rowsOf(play([], world).view, world)
  const heading = rows.find((row) => row.key === 'orphans b')
  expect(heading === undefined ? '' : rowSentence(heading, NOW)).toBe('orphans of b, 12 registered, 1 parents, open')
})

test('an event that is about no node names the supervisor that tells it', () => {
  const failure = { code: 'ENOSPC', message: 'the disk is full' }
  const full = { ...fakeState(), events: fakeEvents({ type: 'problem', failure, next: undefined }) }
  const labelled = Object.entries({ a: fakeState({ events: [] }), b: full })
  const both = composeSessions(labelled.map(([label, own]) => ({ label, session: createFakeSession(own) }))).getState()
  expect(lineWith(frameOf({ state: both }), 'the disk is full')).toMatch(/ b the disk is full/)
  expect(lineWith(frameOf({ state: full }), 'the disk is full')).not.toMatch(/ b the disk/)
})
