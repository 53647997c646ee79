import { describe, expect, test } from 'vitest'
import { describedNode, fakeNode, fakeProcess, fakeState } from '../helpers/fake-session.ts'
import { frameOf } from '../helpers/frame.tsx'
import { commandsOf, play, worldOf } from '../helpers/world.ts'

const state = fakeState()
const world = worldOf(state)
const lineWith = (lines: readonly string[], part: string): string => lines.find((line) => line.includes(part)) ?? ''

describe('tags', () => {
  test('are set with Space, which goes on to the next row, and shown', () => {
    const lines = frameOf({ keys: ['space', 'down', 'space', 'up'] })
    expect(lineWith(lines, '▾ worker')[0]).toBe('+')
    expect(lineWith(lines, 'render.js')[0]).toBe('»')
    expect(lineWith(lines, 'server.js')[0]).toBe(' ')
    expect(lineWith(lines, '── events')).toContain('2 tagged')
    expect(frameOf({ keys: ['space', 'U'] }).join('\n')).not.toContain('tagged')
    expect(frameOf({ keys: ['space', 'escape'] }).join('\n')).not.toContain('tagged')
    expect(play(['space', 'up', 'space'], world).view.tags.size).toBe(0)
  })

  test('a signal goes to every tagged process, each pinned, a leader once', () => {
    const tagged = ['space', 'space', 'space', 'k']
    const text = frameOf({ keys: tagged, columns: 80, rows: 30 }).join('\n')
    expect(text).toContain('Send a signal to 2')
    expect(text).toMatch(/4211, started \d\d:\d\d:\d\d: node server\.js/)
    expect(text).toMatch(/4219, started \d\d:\d\d:\d\d: node render\.js/)
    const played = play([...tagged, 'enter'], world)
    expect(commandsOf(played.effects)).toEqual([
      { type: 'signal', target: { pid: 4211, startTime: 804_211 }, signal: 'SIGTERM', by: 'keyboard' },
      { type: 'signal', target: { pid: 4219, startTime: 804_219 }, signal: 'SIGTERM', by: 'keyboard' }
    ])
    expect(played.view.tags.size).toBe(0)
  })

  test('one that was replaced under the open menu is left out and named; the others are sent theirs', () => {
    const open = play(['down', 'space', 'space', 'k'], world).view
    const api = fakeNode(describedNode('api', { kind: 'worker' }), [fakeProcess(4211), fakeProcess(4219, { startTime: 1, ppid: 4211 })])
    const replaced = { ...state, nodes: { ...state.nodes, api } }
    expect(frameOf({ state: replaced, view: open }).join('\n')).toMatch(
      /Left out: Pid 4219 belongs to another process now\.[\s\S]*Enter send SIGTERM \(1 of 2\)/
    )
    expect(commandsOf(play(['enter'], worldOf(replaced, { shown: state }), open).effects)).toMatchObject([{ target: { pid: 4211 } }])
    const gone = { ...state, nodes: {}, order: [] }
    expect(commandsOf(play(['enter'], worldOf(gone, { shown: state }), open).effects)).toEqual([])
    expect(frameOf({ state: gone, view: open }).join('\n')).toContain('Nothing is sent.')
  })

  test('stop asks once for all tagged nodes, and names them', () => {
    const keys = ['space', 'down', 'down', 'space', 'x']
    expect(frameOf({ keys }).join('\n')).toMatch(/Stop 2 nodes\?/)
    expect(commandsOf(play(keys, world).effects)).toEqual([])
    expect(commandsOf(play([...keys, 'y'], world).effects)).toEqual([
      { type: 'stop', node: 'api', by: 'keyboard' },
      { type: 'stop', node: 'indexer', by: 'keyboard' }
    ])
  })

  test('outside the tree an action is for what the pane shows, whatever is tagged', () => {
    expect(commandsOf(play(['space', 'G', 'enter', 'R', 'enter'], world).effects)).toEqual([
      { type: 'restart', node: 'shipper', by: 'keyboard' }
    ])
  })

  test('what has ended can be tagged no more than it can be signalled', () => {
    const process = fakeProcess(77, { ppid: 4211, command: 'gone.js' })
    const ghosts = { processes: new Map([['api', [{ process, ended: { at: 0, how: 'ended' } }]]]), nodes: [] }
    const played = play(['down', 'down', 'down', 'k'], worldOf(state, { ghosts }))
    expect(played.view.selection?.key).toBe('process 77:800077')
    expect(played.view.dialog).toBeUndefined()
    expect(played.view.notice?.text).toBe('api has no process to signal')
  })
})

describe('observing', () => {
  test('is switched on at once, for all that are tagged, and off only after a question', () => {
    expect(commandsOf(play(['space', 'down', 'down', 'space', 'w'], world).effects)).toEqual([
      { type: 'observe', node: 'api', observe: true, by: 'keyboard' },
      { type: 'observe', node: 'indexer', observe: true, by: 'keyboard' }
    ])
    const indexer = state.nodes['indexer']
    if (indexer === undefined) throw new Error('no indexer')
    const observed = {
      ...state,
      nodes: { ...state.nodes, indexer: { ...indexer, description: { ...indexer.description, observe: true } } }
    }
    const keys = ['down', 'down', 'down', 'w']
    expect(commandsOf(play(keys, worldOf(observed)).effects)).toEqual([])
    expect(frameOf({ state: observed, keys }).join('\n')).toMatch(
      /Let limits act on indexer\?[\s\S]*Over a limit now, so soon stopped: indexer\./
    )
    expect(commandsOf(play([...keys, 'enter'], worldOf(observed)).effects)).toEqual([
      { type: 'observe', node: 'indexer', observe: false, by: 'keyboard' }
    ])
  })
})
