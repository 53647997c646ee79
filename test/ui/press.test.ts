import { describe, expect, test } from 'vitest'
import type { SupervisorState } from '../../src/store.ts'
import { press } from '../../src/ui/view/press.ts'
import { initialView, topPane, type ViewState } from '../../src/ui/view/state.ts'
import { describedNode, fakeEvents, fakeNode, fakeProcess, fakeState } from '../helpers/fake-session.ts'
import { commandsOf, type Played, play, rowKeys, selectedKey, worldOf } from '../helpers/world.ts'

const commands = (played: Played) => commandsOf(played.effects)
const selected = ({ view }: Played, state: SupervisorState) => selectedKey(view, worldOf(state))

describe('the selection', () => {
  const state = fakeState()

  test('moves over the rows and stays within them', () => {
    expect(selected(play([]), state)).toBe('node api')
    expect(selected(play(['down', 'down']), state)).toBe('process 4219:804219')
    expect(selected(play(['ctrl-n', 'ctrl-n', 'ctrl-p']), state)).toBe('process 4211:804211')
    expect(selected(play(['G', 'down']), state)).toBe('node shipper')
    expect(selected(play(['G', 'g', 'up']), state)).toBe('node api')
  })

  test('holds on to the process when rows come and go above it', () => {
    const played = play(['down', 'down', 'down', 'down'])
    expect(selected(played, state)).toBe('process 4302:804302')
    const api = fakeNode(
      describedNode('api', { kind: 'worker' }),
      [10, 11, 12, 13].map((pid) => fakeProcess(pid))
    )
    const grown = { ...state, nodes: { ...state.nodes, api } }
    expect(selected(played, grown)).toBe('process 4302:804302')
  })

  test('falls to the node when its process ends, never to another process at its place', () => {
    const played = play(['down', 'down'])
    const api = state.nodes['api']
    if (api === undefined) throw new Error('no api')
    const without = {
      ...state,
      nodes: { ...state.nodes, api: fakeNode(api.description, [fakeProcess(4211), fakeProcess(9999, { ppid: 4211 })]) }
    }
    expect(selected(played, without)).toBe('node api')
  })

  test('folds, and goes up to what holds the row', () => {
    expect(rowKeys(play(['left']).view, worldOf(state))).not.toContain('process 4211:804211')
    expect(selected(play(['down', 'down', 'left']), state)).toBe('process 4211:804211')
    const folded = play(['*']).view
    expect(rowKeys(folded, worldOf(state))).toEqual(['node api', 'node indexer', 'node shipper'])
    expect(play(['*', '*']).view.folded.size).toBe(0)
    expect(play(['left', 'right']).view.folded.size).toBe(0)
  })

  test('flat: by CPU', () => {
    const { view } = play(['t'])
    expect(rowKeys(view, worldOf(state))).toEqual(['process 4302:804302', 'process 4211:804211', 'process 4219:804219', 'node shipper'])
  })
})

describe('commands', () => {
  test('stop, start and restart ask first', () => {
    for (const [key, type] of [
      ['x', 'stop'],
      ['o', 'start'],
      ['R', 'restart']
    ] as const) {
      expect(commands(play([key]))).toEqual([])
      expect(commands(play([key, 'escape']))).toEqual([])
      expect(commands(play([key, 'n']))).toEqual([])
      expect(commands(play([key, 'enter']))).toEqual([{ type, node: 'api', by: 'keyboard' }])
      expect(commands(play([key, 'y']))).toEqual([{ type, node: 'api', by: 'keyboard' }])
    }
  })

  test('a signal goes to the pinned process, SIGTERM first', () => {
    expect(commands(play(['down', 'down', 'k', 'enter']))).toEqual([
      { type: 'signal', target: { pid: 4219, startTime: 804_219 }, signal: 'SIGTERM', by: 'keyboard' }
    ])
    expect(commands(play(['f9', 'down', 'enter']))).toEqual([
      { type: 'signal', target: { pid: 4211, startTime: 804_211 }, signal: 'SIGINT', by: 'keyboard' }
    ])
  })

  test('a process that was replaced under the open menu gets nothing', () => {
    const state = fakeState()
    const open = play(['down', 'down', 'k'])
    const api = state.nodes['api']
    if (api === undefined) throw new Error('no api')
    const recycled = fakeNode(api.description, [fakeProcess(4211), fakeProcess(4219, { startTime: 999_999, ppid: 4211 })])
    const world = worldOf({ ...state, nodes: { ...state.nodes, api: recycled } }, { shown: state })
    const played = play(['enter'], world, open.view)
    expect(commands(played)).toEqual([])
    expect(played.view.dialog?.kind).toBe('signals')
    expect(play(['escape'], world, played.view).view.dialog).toBeUndefined()
  })

  test('a node that was respawned under the open question is not stopped', () => {
    const state = fakeState()
    const open = play(['down', 'down', 'down', 'x'])
    const indexer = state.nodes['indexer']
    if (indexer === undefined) throw new Error('no indexer')
    const respawned = fakeNode(indexer.description, [fakeProcess(5000)])
    const world = worldOf({ ...state, nodes: { ...state.nodes, indexer: respawned } })
    expect(commands(play(['enter'], world, open.view))).toEqual([])
    expect(commands(play(['enter'], worldOf(state), open.view))).toEqual([{ type: 'stop', node: 'indexer', by: 'keyboard' }])
  })

  test('a node without a process cannot be signalled, and says so', () => {
    const played = play(['G', 'k'])
    expect(played.view.dialog).toBeUndefined()
    expect(played.view.notice?.text).toBe('shipper has no process to signal')
  })

  test('limits are typed with units, or nudged, and set with enter', () => {
    expect(commands(play(['e', '1', '4', '0', 'M', 'enter']))).toEqual([
      { type: 'set-limit', node: 'api', field: 'memory', value: 140 * 2 ** 20, by: 'keyboard' }
    ])
    expect(commands(play(['e', 'down', '2', '5', '%', 'enter']))[0]).toMatchObject({ field: 'cpu', value: 25 })
    expect(commands(play(['e', 'down', 'down', '1', 'm', 'enter']))[0]).toMatchObject({ field: 'latency', value: 60_000 })
    expect(commands(play(['e', 'down', 'down', 'down', '9', 'enter']))[0]).toMatchObject({ field: 'respawnLimit', value: 9 })
    expect(commands(play(['[', 'enter']))[0]).toMatchObject({ field: 'memory', value: 180 * 2 ** 20 })
    expect(commands(play([']', ']', 'enter']))[0]).toMatchObject({ field: 'memory', value: 242 * 2 ** 20 })
    expect(commands(play(['e', 'backspace', 'backspace', '9', 'G', 'enter']))[0]).toMatchObject({ value: 209 * 2 ** 30 })
  })

  test('limits are written into the configuration file with ctrl-s, the typed one first', () => {
    expect(commands(play(['e', '1', '4', '0', 'M', 'ctrl-s']))).toEqual([
      { type: 'set-limit', node: 'api', field: 'memory', value: 140 * 2 ** 20, by: 'keyboard' },
      { type: 'save-limits', node: 'api', by: 'keyboard' }
    ])
    expect(commands(play(['e', 'ctrl-s']))).toEqual([{ type: 'save-limits', node: 'api', by: 'keyboard' }])
    expect(commands(play(['e', 'M', 'ctrl-s']))).toEqual([])
  })

  test('the last edit is taken back by the value before it, once it is confirmed', () => {
    const edited = fakeState({
      events: fakeEvents({
        type: 'limit-changed',
        node: 'api',
        field: 'cpu',
        from: 10,
        to: 40,
        source: { kind: 'hot-edit', at: '2026-01-01T12:00:00.000Z' }
      })
    })
    expect(commands(play(['ctrl-u'], worldOf(edited)))).toEqual([])
    expect(play(['ctrl-u'], worldOf(edited)).view.dialog).toMatchObject({
      kind: 'limits',
      node: 'api',
      field: 'cpu',
      typed: '10%'
    })
    expect(play(['ctrl-u']).view.notice?.text).toBe('no limit of api was edited')
  })

  test('nonsense is not set, and the same value sends nothing', () => {
    expect(commands(play(['e', 'M', 'enter']))).toEqual([])
    expect(commands(play(['e', '0', 'enter']))).toEqual([])
    expect(commands(play(['e', 'down', '1', '0', '1', 'enter']))).toEqual([])
    expect(commands(play(['e', 'enter']))).toEqual([])
    expect(play(['e', 'M', 'enter']).view.dialog?.kind).toBe('limits')
  })

  test('observing is switched at once', () => {
    expect(commands(play(['w']))).toEqual([{ type: 'observe', node: 'api', observe: true, by: 'keyboard' }])
  })

  test('in the details they go to the node of the details', () => {
    expect(commands(play(['G', 'enter', 'R', 'enter']))).toEqual([{ type: 'restart', node: 'shipper', by: 'keyboard' }])
    expect(commands(play(['down', 'down', 'enter', 'k', 'enter']))[0]).toMatchObject({ target: { pid: 4219 } })
  })

  test('read only sends nothing', () => {
    const world = worldOf(fakeState(), { readOnly: true })
    for (const key of ['x', 'o', 'R', 'k', 'e', 'w', '[', ']']) {
      const played = play([key, 'enter', 'y'], world)
      expect([key, commands(played), played.view.dialog]).toEqual([key, [], undefined])
    }
    expect(play(['q'], world).effects).toEqual([{ kind: 'quit', choice: 'keep-running' }])
    expect(play(['ctrl-c'], world).effects).toEqual([{ kind: 'quit', choice: 'keep-running' }])
  })
})

describe('quitting', () => {
  test('asks; the answers are: stop everything, keep running, cancel', () => {
    expect(play(['q']).effects).toEqual([])
    expect(commands(play(['q', 'enter']))).toEqual([{ type: 'shutdown', force: false, by: 'keyboard' }])
    expect(play(['q', 'enter']).effects.at(-1)).toEqual({ kind: 'quit', choice: 'stop' })
    expect(play(['q', 'down', 'enter']).effects).toEqual([{ kind: 'quit', choice: 'keep-running' }])
    expect(play(['f10', 'k']).effects).toEqual([{ kind: 'quit', choice: 'keep-running' }])
    expect(play(['q', 'down', 'down', 'enter']).effects).toEqual([])
    expect(play(['q', 'escape']).view.dialog).toBeUndefined()
  })

  test('Ctrl-C asks, then stops everything, then kills', () => {
    expect(commands(play(['ctrl-c']))).toEqual([])
    expect(play(['ctrl-c']).view.dialog?.kind).toBe('quit')
    expect(commands(play(['ctrl-c', 'ctrl-c']))).toEqual([{ type: 'shutdown', force: false, by: 'keyboard' }])
    expect(commands(play(['ctrl-c', 'ctrl-c', 'ctrl-c'])).at(-1)).toEqual({ type: 'shutdown', force: true, by: 'keyboard' })
    expect(play(['x', 'ctrl-c']).view.dialog?.kind).toBe('quit')
  })

  test('Ctrl-C kills at once when something else began the end', () => {
    const state = fakeState()
    const ending = worldOf({ ...state, run: { ...state.run, shutdown: { code: 0, reason: 'SIGTERM' } } })
    expect(commands(play(['ctrl-c'], ending))).toEqual([{ type: 'shutdown', force: true, by: 'keyboard' }])
  })
})

describe('panes', () => {
  test('lie on each other, and escape takes the last one off', () => {
    expect(topPane(play(['enter']).view)).toMatchObject({ kind: 'detail', node: 'api' })
    expect(topPane(play(['enter', 'v', 'enter']).view)).toMatchObject({ kind: 'receipts', node: 'api' })
    expect(topPane(play(['v', 'enter']).view)).toMatchObject({ kind: 'receipt', id: 7 })
    expect(topPane(play(['v', 'down', 'enter']).view)).toMatchObject({ kind: 'receipt', id: 6 })
    expect(topPane(play(['v', 'enter', '?', 'escape', 'escape']).view)).toMatchObject({ kind: 'receipts' })
    expect(topPane(play(['escape', 'escape']).view)).toEqual({ kind: 'tree' })
    expect(play(Array.from({ length: 60 }, () => ['?', 'L', 'v', 'i']).flat()).view.panes.length).toBeLessThanOrEqual(8)
  })

  test('of text scroll to their end and no further', () => {
    const small = initialView({ columns: 80, rows: 24 })
    const end = play(['?', 'G'], undefined, small).view
    expect(play(['down', 'pagedown'], undefined, end).view).toEqual(end)
    const top = topPane(end)
    expect(top.kind === 'help' && top.top).toBeGreaterThan(5)
    expect(topPane(play(['up'], undefined, end).view)).toEqual({ kind: 'help', top: (top.kind === 'help' ? top.top : 0) - 1 })
  })

  test('the output follows until it is scrolled', () => {
    const lines = Array.from({ length: 100 }, (_, index) => ({ seq: index + 50, time: '', stream: 'stdout' as const, text: 'x' }))
    const world = worldOf(fakeState(), { logs: { lines, dropped: 49 } })
    expect(topPane(play(['L'], world).view)).toMatchObject({ position: { kind: 'follow' } })
    expect(topPane(play(['L', 'up'], world).view)).toMatchObject({ position: { kind: 'at', last: 148 } })
    expect(topPane(play(['L', 'up', 'down'], world).view)).toMatchObject({ position: { kind: 'follow' } })
    expect(topPane(play(['L', 'g'], world).view)).toMatchObject({ position: { kind: 'at', last: 50 + 35 } })
    expect(topPane(play(['L', 'g', 'G'], world).view)).toMatchObject({ position: { kind: 'follow' } })
  })
})

test('pasted text fills the field and does nothing anywhere else', () => {
  const world = worldOf(fakeState())
  const paste = (view: ViewState, text: string) => press(view, { kind: 'paste', text }, world)
  const tree = initialView({ columns: 120, rows: 40 })
  expect(paste(tree, 'x\ry')).toEqual([tree, []])
  const asking = play(['x']).view
  expect(paste(asking, 'y\r')).toEqual([asking, []])
  const [editing, effects] = paste(play(['e']).view, '1.5\x1b[A G\r')
  expect(editing.dialog).toMatchObject({ kind: 'limits', typed: '1.5 A G' })
  expect(effects).toEqual([])
  const [word] = paste(play(['e', '7']).view, 'backspace')
  expect(word.dialog).toMatchObject({ typed: '7backspace' })
})

test('pausing belongs to the screen', () => {
  expect(play(['Z']).view.paused).toBe(true)
  expect(play(['Z', 'Z']).view.paused).toBe(false)
  expect(play(['Z']).effects).toEqual([])
})
