import { cleanup, render } from 'ink-testing-library'
import stringWidth from 'string-width'
import { afterEach, describe, expect, test } from 'vitest'
import { createStore } from 'zustand/vanilla'
import type { Link } from '../../src/session.ts'
import { createKeymap } from '../../src/ui/keys/keymap-of.ts'
import { isNews, Spoken } from '../../src/ui/spoken/app.tsx'
import { THEME_NAMES, type ThemeName } from '../../src/ui/theme/tones.ts'
import { createLook } from '../../src/ui/theme.ts'
import { NO_GHOSTS, nextGhosts } from '../../src/ui/view/ghosts.ts'
import { initialView } from '../../src/ui/view/state.ts'
import { ago, describedNode, fakeCheck, fakeCheckState, fakeNode, fakePair, fakeProcess, fakeState, NOW } from '../helpers/fake-session.ts'
import { frameOf, plainLook } from '../helpers/frame.tsx'
import { play, rowKeys, typed, worldOf } from '../helpers/world.ts'

afterEach(cleanup)

const lineWith = (lines: readonly string[], part: string): string => lines.find((line) => line.includes(part)) ?? ''
const state = fakeState()
const withApi = (...pids: readonly number[]) => {
  const api = fakeNode(
    describedNode('api', { kind: 'worker' }),
    pids.map((pid, index) => fakeProcess(pid, { ppid: index === 0 ? 1 : (pids[0] ?? 1), command: `p${pid}` }))
  )
  return fakeState({ nodes: { ...state.nodes, api } })
}

describe('what has just ended', () => {
  test('is shown dimmed in its place with its end for five seconds', () => {
    const [before, after] = [withApi(1, 2, 3), withApi(1, 3)]
    const ghosts = nextGhosts(NO_GHOSTS, before, after, NOW - 2000)
    const line = lineWith(frameOf({ state: after, ghosts }), 'p2')
    expect(line).toMatch(/─ p2 +2 × ended +ended, 2s ago/)
    expect(lineWith(frameOf({ state: after, ghosts, columns: 80, rows: 24 }), 'p2')).toMatch(/─ p2 +2 × +ended, 2s ago/)
    const dimmed = lineWith(frameOf({ state: after, ghosts, look: createLook({ color: true, ascii: false }) }), 'p2')
    expect(dimmed).toContain('\x1b[2m')
    expect(nextGhosts(ghosts, after, after, NOW)).toBe(ghosts)
    expect(nextGhosts(ghosts, after, after, NOW + 3000)).toBe(NO_GHOSTS)
  })

  test('tells the exit of a leader, and the receipt that names the process', () => {
    const lastExit = { code: 3, signal: undefined, oomKilled: false, at: ago(0), uptimeMs: 9 }
    const before = withApi(1, 2)
    const node = before.nodes['api']
    if (node === undefined) throw new Error('no api')
    const after = {
      ...before,
      nodes: { ...before.nodes, api: { ...node, phase: { phase: 'stopped', by: 'exit' } as const, sample: undefined, lastExit } }
    }
    const ghosts = nextGhosts(NO_GHOSTS, before, after, NOW)
    expect(ghosts.processes.get('api')?.map(({ ended }) => ended.how)).toEqual(['exited 3', 'ended'])
    expect(lineWith(frameOf({ state: after, ghosts }), '▾ worker')).toContain('ended by itself, exited 3')
    const killed = fakeState({
      nodes: { indexer: fakeNode(describedNode('indexer'), [fakeProcess(4290), fakeProcess(4291)]) },
      order: ['indexer']
    })
    const empty = { ...killed, nodes: { indexer: fakeNode(describedNode('indexer')) } }
    expect(nextGhosts(NO_GHOSTS, killed, empty, NOW).processes.get('indexer')?.at(1)?.ended.how).toBe('stopped, receipt 7')
  })

  test('a pid that was reused is another process; a node that was removed stays for ten seconds', () => {
    const reused = {
      ...withApi(1, 2),
      nodes: { api: fakeNode(describedNode('api'), [fakeProcess(1), fakeProcess(2, { startTime: 5 })]) },
      order: ['api']
    }
    expect(nextGhosts(NO_GHOSTS, withApi(1, 2), reused, NOW).processes.get('api')?.[0]?.process.startTime).toBe(800_002)
    const { shipper: _gone, ...nodes } = state.nodes
    const removed = { ...state, nodes, order: ['api', 'indexer'] }
    const ghosts = nextGhosts(NO_GHOSTS, state, removed, NOW - 4000)
    expect(lineWith(frameOf({ state: removed, ghosts }), 'shipper')).toMatch(/shipper +- × ended +removed, 4s ago/)
    expect(nextGhosts(ghosts, removed, removed, NOW + 6000)).toBe(NO_GHOSTS)
    expect(nextGhosts(ghosts, removed, state, NOW)).toBe(NO_GHOSTS)
  })

  test('a storm of short-lived processes leaves no more than fifty of a node', () => {
    const many = withApi(...Array.from({ length: 3000 }, (_, index) => index + 1))
    expect(nextGhosts(NO_GHOSTS, many, withApi(1), NOW).processes.get('api')).toHaveLength(50)
  })

  test('a clock that is set back forgets them', () => {
    const ghosts = nextGhosts(NO_GHOSTS, withApi(1, 2), withApi(1), NOW)
    expect(nextGhosts(ghosts, withApi(1), withApi(1), NOW - 1000)).toBe(NO_GHOSTS)
  })
})

describe('checks', () => {
  const checks = [
    fakeCheckState('sshd'),
    fakeCheckState('cron', {
      state: 'failing',
      count: 30,
      min: 1,
      max: 5,
      reason: '30 > 5 (1-5)',
      since: ago(65),
      action: 'stop',
      processes: [{ pid: 77, startTime: 1, comm: 'cron', command: '/usr/sbin/cron -f' }]
    }),
    fakeCheckState('audit', { state: 'unknown', count: undefined, reason: 'process 9 cannot be read' })
  ]
  test('have a pane: state, rule, count and bounds, since, who breaks it', () => {
    const text = frameOf({ state: fakeState({ checks }), keys: ['c'] }).join('\n')
    for (const part of [
      'CHECK sshd',
      '● ok, 2 processes, since',
      '2, wanted at least 1',
      '✖ failing: 30 > 5 (1-5), since',
      '1m05s',
      '30, wanted 1 to 5',
      '77 /usr/sbin/cron -f',
      'and 29 more',
      '? unknown: process 9 cannot be read',
      'unknown, wanted at least 1'
    ])
      expect(text).toContain(part)
    expect(frameOf({ keys: ['c'] }).join('\n')).toContain('No checks are configured')
  })

  test('that fail are counted in the header', () => {
    expect(frameOf({ state: fakeState({ checks }) })[0]).toContain('1 check failing')
    expect(frameOf()[0]).not.toContain('failing')
  })
})

describe('several supervisors', () => {
  const api = (pid: number) => fakeNode(describedNode('api', { kind: 'worker' }), [fakeProcess(pid, { command: 'server' })])
  const both = fakeState({
    nodes: { 'web-01/api': api(1), 'web-02/api': api(2), 'web-02/log': fakeNode(describedNode('log')) },
    order: ['web-01/api', 'web-02/api', 'web-02/log']
  })
  const world = worldOf(both)

  test('are branches of one tree, their nodes without the label', () => {
    const lines = frameOf({ state: both })
    expect(lines.slice(2, 9).map((line) => line.slice(0, 34).trimEnd())).toEqual([
      '›▾ web-01  1 of 1 running',
      '   ▾ worker    api              1',
      '     └─ server                  1',
      ' ▾ web-02  1 of 2 running',
      '   ▾ worker    api              2',
      '     └─ server                  2',
      '     extension log              -'
    ])
  })

  test('fold, are gone up to, and stay named when they are filtered', () => {
    expect(rowKeys(play(['left'], world).view, world)[1]).toBe('branch web-02')
    expect(rowKeys(play(['*'], world).view, world)).toEqual(['branch web-01', 'branch web-02'])
    expect(play(['down', 'left', 'left'], world).view.selection?.key).toBe('branch web-01')
    expect(rowKeys(play(['\\', ...typed('node:web-02'), 'enter'], world).view, world)[0]).toBe('branch web-02')
    expect(rowKeys(play(['P'], world).view, world)[0]).toBe('branch web-01')
  })

  test('one that is lost says since when, its nodes as they were', () => {
    const links: readonly Link[] = [
      { label: 'web-01', standing: { kind: 'connected' } },
      { label: 'web-02', standing: { kind: 'lost', since: ago(75), detail: 'timed out', nextTryAt: ago(-3) } }
    ]
    expect(lineWith(frameOf({ state: both, links }), '▾ web-02')).toContain('connection lost 1m15s ago, 1 of 2 ran then: timed out')
  })

  test('a selection whose node went falls to its branch', () => {
    const { view } = play(['G'], world)
    const fewer = { ...both, order: ['web-01/api', 'web-02/api'] }
    expect(play(['right'], worldOf(fewer), view).view.folded.size).toBe(0)
    expect(lineWith(frameOf({ state: fewer, view }), '›')).toContain('web-02')
  })
})

describe('columns', () => {
  test('give way in their order: history, uptime, detail of the budget, memory bar', () => {
    const heads = [130, 112, 104, 101, 92].map((columns) => frameOf({ columns })[1] ?? '')
    expect(heads.map((head) => [head.includes('CPU 60s'), head.includes('UP'), / {3,}OF LIMIT/.test(head)])).toEqual([
      [true, true, true],
      [false, true, true],
      [false, false, true],
      [false, false, true],
      [false, false, false]
    ])
    for (const columns of [60, 80, 100, 120, 160]) expect(frameOf({ columns, rows: 24 })[1]).not.toMatch(/BUDG\b/)
  })

  test('the one that is sorted by is marked, and CPU time has a column then', () => {
    expect(frameOf({ keys: ['P'] })[1]).toContain('CPU%▼')
    expect(frameOf({ keys: ['P', 'I'] })[1]).toContain('CPU%▲')
    expect(frameOf({ keys: ['M'] })[1]).toContain('MEM▼')
    const lines = frameOf({ keys: ['T'], columns: 80, rows: 24 })
    expect(lines[1]).toContain('CPU T▼')
    expect(lineWith(lines, 'server.js')).toMatch(/ 4s$/)
    expect(lineWith(lines, '── events')).toContain('by CPU time')
  })

  test('a node near its limit has a sign of its own, not only a colour', () => {
    const indexer = state.nodes['indexer']
    if (indexer === undefined) throw new Error('no indexer')
    const near = fakeState({ nodes: { ...state.nodes, indexer: { ...indexer, ledger: [fakeCheck(1, 10, 0, 160)] } } })
    expect(lineWith(frameOf({ state: near }), 'extension indexer')).toContain('△ near')
  })

  test('the screen stays where it is when it does not follow, and says so', () => {
    const many = withApi(...Array.from({ length: 100 }, (_, index) => index + 1))
    const world = worldOf(many)
    const stays = play(['pagedown', 'F'], world).view
    const up = play(['up'], world, stays).view
    const pids = (grown: typeof many) => frameOf({ state: grown, view: up }).flatMap((line) => / (\d+) S sleeping/.exec(line)?.[1] ?? [])
    const grown = withApi(...Array.from({ length: 120 }, (_, index) => index + 1))
    expect(pids(many).length).toBeGreaterThan(10)
    expect(pids(grown)).toEqual(pids(many))
    expect(lineWith(frameOf({ state: many, view: stays }), '── events')).toContain('not following')
  })
})

describe('themes', () => {
  const codes = (theme: ThemeName, keys: readonly string[] = []) => {
    const text = frameOf({ look: createLook({ color: true, ascii: false, theme }), keys }).join('\n')
    return [...text.matchAll(/\x1b\[([\d;]*)m/g)].flatMap((match) => (match[1] ?? '').split(';').map(Number))
  }
  test('take their colours from the 16 of the terminal; monochrome takes none; high contrast is never faint', () => {
    for (const theme of THEME_NAMES)
      for (const code of codes(theme, ['k']))
        expect(code < 30 || (code >= 30 && code < 50 && code % 10 !== 8) || (code >= 90 && code < 108)).toBe(true)
    expect(codes('monochrome', ['k']).every((code) => code < 30)).toBe(true)
    expect(codes('monochrome').length).toBeGreaterThan(10)
    expect(codes('high-contrast')).not.toContain(2)
    expect(codes('default')).toContain(2)
  })

  test('say the same: without their colours all are the same text', () => {
    for (const keys of [[], ['k'], ['enter'], ['v', 'enter'], ['?'], [':'], ['c'], ['q']]) {
      const texts = THEME_NAMES.map((theme) =>
        frameOf({ look: createLook({ color: true, ascii: false, theme }), keys })
          .join('\n')
          .replace(/\x1b\[[\d;]*m/g, '')
          .replace(/ +$/gm, '')
      )
      expect(new Set(texts).size).toBe(1)
      expect(texts[0]).toBe(frameOf({ look: plainLook, keys }).join('\n').replace(/ +$/gm, ''))
    }
  })
})

describe('for a screen reader', () => {
  const full = fakeState({ orphans: { socket: undefined, armed: 1, acting: 0, parents: 1, refused: 0, pairs: [fakePair(5123, 5100)] } })
  const spoken = (keys: readonly string[], readOnly = false) => {
    const world = worldOf(full, { readOnly })
    const shown = { state: full, now: NOW, logs: undefined, ghosts: NO_GHOSTS, facts: new Map() }
    const { view } = play(keys, world, initialView({ columns: 80, rows: 24 }))
    const frame = createStore(() => ({ view, shown }))
    return render(<Spoken frame={frame} live={() => full} look={plainLook} keymap={createKeymap()} readOnly={readOnly} />).lastFrame() ?? ''
  }

  test('the selected row is a sentence, with everything that signs and colours say', () => {
    expect(spoken([]).replace(/\n/g, ' ')).toContain(
      '1 of 8: worker api, running, pid 4211, CPU 3.1 percent of one, memory 86M, grown by 24M of 200M allowed, 4 of 4 starts left, up 3h11m, open.'
    )
    expect(spoken(['down', 'down', 'down']).replace(/\n/g, ' ')).toMatch(
      /extension indexer, over: CPU above its limit, pid 4302, .* over its CPU limit, stopped in 3s, 2 of 4 starts left/
    )
    expect(spoken(['down', 'down'])).toMatch(/process node render\.js, of api, pid 4219, level 2, running/)
    expect(spoken(['G'])).toMatch(/orphan helper-5123, pid 5123, armed, ends when 5100/)
    expect(spoken(['down', 'space', 'up'])).toContain('tagged')
  })

  test('then what happened, and the keys', () => {
    const text = spoken([])
    expect(text).toContain('indexer respawned as 4302.')
    expect(text).toContain('F1 help')
  })

  test('no drawings and no escapes, in any pane or dialog', () => {
    for (const keys of [[], ['enter'], ['v', 'enter'], ['?'], ['c'], ['k'], ['e'], ['q'], [':'], ['r'], ['f6'], ['\\', 'a']])
      expect([keys, spoken(keys)]).toEqual([keys, expect.stringMatching(/^[\x20-\x7e\n]+$/)])
    expect(spoken(['enter'])).not.toMatch(/\|-|\[#|\.\.\.\./)
  })

  test('dialogs say their title, what is chosen, and the keys', () => {
    const text = spoken(['down', 'k', 'down'])
    expect(text).toContain('Dialog: Send a signal')
    expect(text).toMatch(/pid 4211, started \d\d:\d\d:\d\d/)
    expect(text).toMatch(/chosen: SIGINT/)
    expect(text).toContain('Enter send SIGINT, Esc cancel')
  })

  test('figures that only move are not read out; keys and events are', () => {
    const view = initialView({ columns: 80, rows: 24 })
    const shown = { state: full, now: NOW, logs: undefined, ghosts: NO_GHOSTS, facts: new Map() }
    const moved = { ...shown, now: NOW + 1000, state: { ...full, nodes: {} } }
    expect(isNews({ view, shown }, { view, shown: moved })).toBe(false)
    expect(isNews({ view, shown }, { view: { ...view, top: 1 }, shown })).toBe(true)
    expect(isNews({ view, shown }, { view, shown: { ...shown, state: { ...full, events: [] } } })).toBe(true)
  })
})

test('nothing is wider than the screen, in any pane, dialog or prompt', () => {
  const full = fakeState({
    orphans: { socket: '/a/long/path/of/a/socket.sock', armed: 3, acting: 0, parents: 1, refused: 0, pairs: [fakePair(5123, 5100)] },
    checks: [fakeCheckState('sshd')]
  })
  for (const columns of [1, 3, 10, 30, 59, 60, 80, 120])
    for (const rows of [2, 3, 5, 11, 12, 24])
      for (const keys of [
        ['r', 'x'],
        [':'],
        ['f6'],
        ['\\', 'x'],
        ['/', 'y'],
        ['c'],
        ['space', 'x'],
        ['G', 'up', 'enter'],
        ['G', 'up', 'E'],
        ['P', 'T']
      ]) {
        const lines = frameOf({ state: full, columns, rows, keys })
        expect([columns, rows, keys, lines.length <= Math.max(1, rows - 1)]).toEqual([columns, rows, keys, true])
        for (const line of lines) expect([columns, rows, keys, stringWidth(line) <= columns]).toEqual([columns, rows, keys, true])
      }
})
