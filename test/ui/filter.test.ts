import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createStore } from 'zustand/vanilla'
import { failure, success } from '../../src/core/errors.ts'
import { FILTER_FIELDS, type FilterFacts, filterFactsOf, matchProcess, parseProcessFilter } from '../../src/core/process/details/filter.ts'
import type { Ask, Query } from '../../src/core/queries.ts'
import { createFeed } from '../../src/ui/feed.ts'
import { createKeymap } from '../../src/ui/keys/keymap-of.ts'
import { helpLines } from '../../src/ui/panes/help.ts'
import { createLook } from '../../src/ui/theme.ts'
import { judge, needsFacts, parseFilter, type Subject } from '../../src/ui/view/filter.ts'
import { FIELD_NAMES } from '../../src/ui/view/filter-fields.ts'
import type { Facts } from '../../src/ui/view/subject.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { createFakeSession, describedNode, FAKE_DETAILS, fakeNode, fakePair, fakeProcess, fakeState } from '../helpers/fake-session.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { play, rowKeys, selectedKey, typed, worldOf } from '../helpers/world.ts'

const subject: Subject = {
  names: ['/usr/bin/chrome --type=renderer', 'chrome'],
  pid: 4219,
  user: 'www',
  states: ['S', 'sleeping'],
  node: 'api',
  kind: 'process',
  uid: 1000,
  binary: undefined,
  container: 'ab12',
  execId: 'exec-77',
  known: {}
}

const judged = (text: string, of: Subject = subject) => {
  const filter = parseFilter(text)
  return filter === undefined ? undefined : judge(filter, of)
}

describe('a filter', () => {
  test('finds by name, pid, user, state, and what else is known', () => {
    for (const text of [
      'chrome',
      'RENDERER',
      '4219',
      'www',
      'sleeping',
      'state:S',
      'user:www',
      'pid:4219',
      'uid:1000',
      'container:ab',
      'exec:77',
      'node:api',
      'kind:process'
    ])
      expect([text, judged(text)]).toEqual([text, 'found'])
    for (const text of ['firefox', '421', 'state:R', 'uid:0', 'kind:worker', 'user:w'])
      expect([text, judged(text)]).toEqual([text, 'other'])
  })

  test('one letter is a part of a name, not a state', () => {
    expect(judged('s', { ...subject, names: ['x'] })).toBe('other')
    expect(judged('state:s')).toBe('found')
  })

  test('! inverts, and all terms must hold', () => {
    expect(judged('!firefox')).toBe('found')
    expect(judged('!chrome')).toBe('hidden')
    expect(judged('chrome !state:R')).toBe('found')
    expect(judged('chrome !user:www')).toBe('hidden')
    expect(judged('chrome firefox')).toBe('other')
  })

  test('what is not known is neither found nor hidden', () => {
    expect(judged('bin:/usr/bin/x')).toBe('other')
    expect(judged('!bin:/usr/bin/x')).toBe('found')
  })

  test('nothing typed filters nothing; a colon that names no field is text', () => {
    expect(parseFilter('  ')).toBeUndefined()
    expect(parseFilter('! user:')).toBeUndefined()
    expect(parseFilter('http://x')?.terms).toEqual([{ field: 'any', value: 'http://x', inverted: false }])
  })

  test('values with blanks stand in quotes, the last of which may still be missing', () => {
    const terms = (text: string) => parseFilter(text)?.terms.map(({ field, value, inverted }) => `${inverted ? '!' : ''}${field}=${value}`)
    expect(terms('args:"--port 80" !text:"a b" x')).toEqual(['args=--port 80', '!text=a b', 'any=x'])
    expect(terms('args:"--po')).toEqual(['args=--po'])
    expect(terms('"two words"')).toEqual(['any=two words'])
    expect(terms('CWD:/Srv USER:Www')).toEqual(['cwd=/Srv', 'user=www'])
  })

  test('asks for facts only when it is about them', () => {
    expect(['uid:0', 'bin:x', '!container:x'].map((text) => needsFacts(parseFilter(text)))).toEqual([true, true, true])
    for (const name of ['cap', 'ns', 'cwd', 'euid', 'pod', 'prop', 'parent', 'args'])
      expect(needsFacts(parseFilter(`${name}:x`))).toBe(true)
    expect(needsFacts(parseFilter('ppid:1 text:x'))).toBe(false)
    expect(['chrome', 'exec:x', 'state:R'].map((text) => needsFacts(parseFilter(text)))).toEqual([false, false, false])
  })

  const pod: FilterFacts['pod'] = { namespace: 'shop', name: 'web-0', workload: 'web' }
  const known: FilterFacts = { ...filterFactsOf(FAKE_DETAILS), capabilities: ['CAP_NET_RAW', 'CAP_KILL'], pod, flags: 'execve rootcwd' }
  const FOUND = [
    'ppid:4211',
    'parent:exec-p',
    'args:RENDER',
    'cwd:/srv',
    'euid:0',
    'gid:1000',
    'egid:1000',
    'auid:1000',
    'cap:net_raw',
    'cap:CAP_KILL',
    'ns:4026532999',
    'pod:web-0',
    'pod:shop/web-0',
    'workload:web',
    'flag:rootcwd',
    'prop:setuid',
    'text:render'
  ]
  const OTHER = [
    'ppid:421',
    'parent:x',
    'args:--port',
    'cwd:/srv/sho',
    'euid:1',
    'gid:1',
    'egid:1',
    'auid:unset',
    'cap:sys_admin',
    'ns:1',
    'pod:web',
    'workload:we',
    'flag:root',
    'prop:setgid',
    'text:firefox'
  ]

  test('knows the fields of the process cache, and judges them as it does', () => {
    const of = { ...subject, known: { ...known, parentExecId: 'exec-parent' } }
    for (const text of FOUND) expect([text, judged(text, of), judged(`!${text}`, of)]).toEqual([text, 'found', 'hidden'])
    for (const text of OTHER) expect([text, judged(text, of), judged(`!${text}`, of)]).toEqual([text, 'other', 'found'])
    for (const text of [...FOUND, ...OTHER]) {
      const filter = parseProcessFilter(text)
      expect([text, filter.ok && matchProcess(filter.value, of.known)]).toEqual([text, judged(text, of) === 'found'])
      // what was not told is neither
      expect([text, judged(text), judged(`!${text}`)]).toEqual([text, 'other', 'found'])
    }
    expect(judged('container:none', { ...subject, container: undefined, known: { container: null } })).toBe('found')
    expect(FIELD_NAMES).toEqual(expect.arrayContaining([...FILTER_FIELDS]))
  })

  test('the help names every field', () => {
    const look = createLook({ color: false, ascii: false })
    for (const columns of [80, 160]) {
      const lines = helpLines({ look, columns, now: 0, keymap: createKeymap(), facts: new Map() }).map((line) =>
        line.map(([text]) => text).join('')
      )
      for (const name of FIELD_NAMES) expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^  ${name}: +\\S`)))
    }
  })

  test('any text at all is a filter or none, and a term and its opposite never both find', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const filter = parseFilter(text)
        if (filter === undefined) return
        expect(filter.terms.length).toBeLessThanOrEqual(16)
        expect(['found', 'hidden', 'other']).toContain(judge(filter, subject))
      })
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9:]{1,10}$/), (word) => {
        const [plain, inverted] = [judged(word), judged(`!${word}`)]
        if (plain !== undefined && inverted !== undefined) expect(plain === 'found' && inverted === 'found').toBe(false)
      })
    )
  })
})

/** api 1 - 2 (chrome) - 3 (helper), 4 (other); db 10. */
const state = fakeState({
  order: ['api', 'db'],
  nodes: {
    api: fakeNode(describedNode('api', { kind: 'worker', argv: ['run'] }), [
      fakeProcess(1, { command: 'run' }),
      fakeProcess(2, { ppid: 1, command: 'chrome', rssBytes: 9e8 }),
      fakeProcess(3, { ppid: 2, command: 'helper', state: 'Z' }),
      fakeProcess(4, { ppid: 1, command: 'other', cpuPercent: 50 })
    ]),
    db: fakeNode(describedNode('db', { argv: ['postgres'] }), [fakeProcess(10, { command: 'postgres', cpuPercent: 7, cpuMs: 9e6 })])
  },
  orphans: {
    socket: undefined,
    armed: 2,
    acting: 0,
    parents: 1,
    refused: 0,
    pairs: [fakePair(50, 40, { childCommand: 'chrome' }), fakePair(51, 40, { childCommand: 'sidecar' })]
  }
})
const world = worldOf(state)
const short = (keys: readonly string[]) =>
  keys.map((key) => key.replace(/^process (\d+):\d+$/, '$1').replace(/^orphan (\d+):.*$/, 'orphan $1'))
const rows = (...keys: readonly string[]) => short(rowKeys(play(keys, world).view, world))
const filtered = (text: string, ...more: readonly string[]) => rows('\\', ...typed(text), 'enter', ...more)

describe('in the tree', () => {
  test('what is found stays with what is below it and what holds it', () => {
    expect(filtered('chrome')).toEqual(['node api', '1', '2', '3', 'orphans', 'orphan 50'])
    expect(filtered('helper')).toEqual(['node api', '1', '2', '3'])
    expect(filtered('state:Z')).toEqual(['node api', '1', '2', '3'])
    expect(filtered('api')).toEqual(['node api', '1', '2', '3', '4'])
    expect(filtered('postgres')).toEqual(['node db', '10'])
  })

  test('what is forbidden goes with what is below it', () => {
    expect(filtered('!chrome')).toEqual(['node api', '1', '4', 'node db', '10', 'orphans', 'orphan 51'])
    expect(filtered('!db !orphan-51')).not.toContain('node db')
    expect(filtered('api !chrome')).toEqual(['node api', '1', '4'])
  })

  test('a fold does not hide what was found below it', () => {
    expect(rows('down', 'left', '\\', ...typed('helper'), 'enter')).toEqual(['node api', '1', '2', '3'])
    expect(rows('*', '\\', ...typed('helper'), 'enter')).toEqual(['node api', '1', '2', '3'])
    expect(rows('*', '\\', ...typed('db'), 'enter')).toEqual(['node db'])
  })

  test('acts while it is typed; Enter keeps it, Esc takes it back, Esc in the tree takes it away', () => {
    expect(short(rowKeys(play(['\\', 'c', 'h', 'r'], world).view, world))).toContain('2')
    expect(rows('\\', ...typed('db'), 'escape')).toHaveLength(10)
    expect(filtered('db', '\\', 'x', 'x', 'escape')).toEqual(['node db', '10'])
    expect(filtered('db', '\\', 'backspace', 'backspace', 'enter')).toHaveLength(10)
    expect(filtered('db', 'escape')).toHaveLength(10)
    expect(filtered('chrome x', '\\', 'ctrl-w', 'enter')).toContain('2')
    expect(filtered('chrome', '\\', 'ctrl-u', 'enter')).toHaveLength(10)
  })

  test('in the flat list only what was found', () => {
    expect(rows('t', '\\', ...typed('chrome'), 'enter')).toEqual(['2', 'orphans', 'orphan 50'])
    expect(rows('t', '\\', ...typed('!chrome'), 'enter')).toEqual(['4', '10', '1', '3', 'orphans', 'orphan 51'])
  })

  test('facts that were asked for are filtered by', () => {
    const facts: Facts = new Map([['2:800002', { uid: 33, binary: '/opt/chrome', container: undefined }]])
    const informed = worldOf(state, { facts })
    const seen = (text: string) => short(rowKeys(play(['\\', ...typed(text), 'enter'], informed).view, informed))
    expect(seen('bin:/opt')).toEqual(['node api', '1', '2', '3'])
    expect(seen('uid:33')).toEqual(['node api', '1', '2', '3'])
    expect(seen('!uid:33')).toEqual(['node api', '1', '4', 'node db', '10', 'orphans', 'orphan 50', 'orphan 51'])
  })

  test('what the process cache knows is filtered by, asked for once by the feed', async () => {
    const asked: number[] = []
    const session = createFakeSession(state, undefined, (async (query: Query) => {
      if (query.type !== 'process') return failure('unsupported', 'no')
      asked.push(query.target.pid)
      const credentials = { ...FAKE_DETAILS.credentials, capEffective: query.target.pid === 3 ? 'CAP_NET_RAW CAP_KILL' : '' }
      return success({ ...FAKE_DETAILS, ...query.target, ppid: 1, credentials })
    }) as Ask)
    const view = createStore(() => play(['\\', ...typed('cap:net_raw'), 'enter'], world).view)
    const feed = createFeed(session, new FakeClock(), view)
    await waitUntil(
      () => feed.shown.getState().facts.size === 5,
      () => `facts of ${feed.shown.getState().facts.size}`
    )
    const { facts } = feed.shown.getState()
    feed.close()
    expect(asked.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 10])
    const informed = worldOf(state, { facts })
    const seen = (text: string) => short(rowKeys(play(['\\', ...typed(text), 'enter'], informed).view, informed))
    expect(seen('cap:net_raw')).toEqual(['node api', '1', '2', '3'])
    expect(seen('!cap:kill kind:process')).toEqual(['node api', '1', '2', '4', 'node db', '10'])
    expect(seen('cwd:/srv ppid:2')).toEqual(['node api', '1', '2', '3'])
    expect(seen('text:"run"')).toEqual(['node api', '1', '2', '3', '4'])
  })

  test('no letter that is typed acts as a key', () => {
    const { view, effects } = play(['\\', ...typed('xoRkwqQ')], world)
    expect(effects).toEqual([])
    expect(view.prompt).toMatchObject({ kind: 'filter', text: 'xoRkwqQ' })
    expect(view.dialog).toBeUndefined()
  })
})

describe('searching', () => {
  const at = (...keys: readonly string[]) => selectedKey(play(keys, world).view, world)?.replace(/:.*/, '')

  test('goes to what matches while it is typed, then on and back, round the end', () => {
    expect(at('/', ...typed('chrome'))).toBe('process 2')
    expect(at('/', ...typed('chrome'), 'enter', 'n')).toBe('orphan 50')
    expect(at('/', ...typed('chrome'), 'enter', 'n', 'n')).toBe('process 2')
    expect(at('/', ...typed('chrome'), 'enter', 'N')).toBe('orphan 50')
    expect(at('f3', ...typed('db'), 'enter')).toBe('node db')
  })

  test('Esc goes back to where it began, and what is not there is said', () => {
    expect(at('down', '/', ...typed('postgres'), 'escape')).toBe('process 1')
    expect(play(['/', ...typed('nowhere'), 'enter'], world).view.notice?.text).toBe('no row matches nowhere')
    expect(play(['n'], world).view.notice?.text).toBe('nothing was searched for yet')
  })

  test('the rows can be moved over meanwhile', () => {
    expect(at('/', ...typed('chrome'), 'down', 'enter')).toBe('process 3')
  })
})

describe('sorting', () => {
  test('siblings and nodes by CPU, memory, time, the other way round, and back', () => {
    expect(rows('P')).toEqual(['node api', '1', '4', '2', '3', 'node db', '10', 'orphans', 'orphan 50', 'orphan 51'])
    expect(rows('P', 'I').slice(0, 4)).toEqual(['node db', '10', 'node api', '1'])
    expect(rows('M').slice(0, 5)).toEqual(['node api', '1', '2', '3', '4'])
    expect(rows('T').slice(0, 2)).toEqual(['node db', '10'])
    expect(rows('T', 'f6', 'up', 'up', 'up', 'enter')[0]).toBe('node api')
  })

  test('by name, chosen from the menu', () => {
    expect(rows('f6', 'down', 'down', 'down', 'down', 'down', 'enter').slice(0, 5)).toEqual(['node api', '1', '2', '3', '4'])
    expect(rows('f6', 'down', 'down', 'down', 'down', 'down', 'enter', 'I')[0]).toBe('node db')
    expect(rows('f6', 'escape')[0]).toBe('node api')
  })

  test('the flat list goes by CPU unless it is told otherwise', () => {
    expect(rows('t').slice(0, 3)).toEqual(['4', '10', '2'])
    expect(rows('t', 'M')[0]).toBe('2')
    expect(rows('t', 'I')[0]).not.toBe('4')
  })

  test('the selection stays with its process', () => {
    const before = play(['down', 'down'], world).view
    for (const keys of [['P'], ['M', 'I'], ['t'], ['t', 'T']])
      expect(selectedKey(play(keys, world, before).view, world)).toBe('process 2:800002')
  })
})
