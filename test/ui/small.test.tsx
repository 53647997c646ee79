import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { initialView } from '../../src/ui/view/state.ts'
import { describedNode, fakeNode, fakeProcess, fakeState } from '../helpers/fake-session.ts'
import { frameOf, plainLook } from '../helpers/frame.tsx'
import { play } from '../helpers/world.ts'

const typed = (text: string): string[] => [...text].map((character) => (character === ' ' ? 'space' : character))

describe('one line a node', () => {
  const SMALL = { columns: 59, rows: 11 }

  test('a filter that nothing passes says so, instead of an empty screen', () => {
    const lines = frameOf({ ...SMALL, keys: ['\\', ...typed('nosuch'), 'enter'] })
    expect(lines.join('\n')).toContain('No row passes the filter nosuch')
    expect(lines[0]).toContain('filter nosuch')
    expect(frameOf({ ...SMALL, keys: ['\\', ...typed('nosuch'), 'enter', 'escape'] }).join('\n')).not.toContain('nosuch')
  })

  test('what is out of the ordinary is said here too: paused, read only, tags, lost connections', () => {
    expect(frameOf({ ...SMALL, keys: ['Z'] })[0]).toMatch(/59x11: one line a node .*PAUSED/)
    expect(frameOf({ ...SMALL, readOnly: true })[0]).toContain('read only')
    expect(frameOf({ ...SMALL, columns: 20, keys: ['Z'] })[0]).toContain('20x11: PAUSED')
    const links = [
      {
        label: 'far',
        standing: { kind: 'lost', since: new Date(0).toISOString(), detail: 'cut', nextTryAt: new Date(0).toISOString() }
      } as const
    ]
    expect(frameOf({ ...SMALL, links })[0]).toContain('far: connection lost')
    const lines = frameOf({ ...SMALL, keys: ['space', 'space'] })
    expect(lines[0]).toContain('2 tagged')
    expect(lines[1]).toMatch(/^\+/)
    expect(lines[2]).toMatch(/^\+/)
    expect(frameOf({ ...SMALL, keys: ['space', 'up'] })[1]).toMatch(/^»/)
  })
})

describe('dialogs at 60x12', () => {
  const SMALL = { columns: 60, rows: 12 }

  test('the signal that would be sent is seen, with the process that gets it', () => {
    for (const [steps, signal] of [
      [0, 'SIGTERM'],
      [4, 'SIGKILL'],
      [8, 'SIGCONT']
    ] as const) {
      const text = frameOf({ ...SMALL, keys: ['down', 'down', 'k', ...Array.from({ length: steps }, () => 'down')] }).join('\n')
      expect(text).toContain(`› ${signal}`)
      expect(text).toContain(`Enter send ${signal}`)
      expect(text).toMatch(/node render\.js.*pid 4219, started/s)
    }
  })

  test('what registering would do is seen before it is done', () => {
    const { view } = play(['r'])
    if (view.dialog?.kind !== 'register') throw new Error('no dialog')
    const preview = { text: '12 ends when 11 dies', refused: false, parent: undefined, child: undefined }
    const dialog = { ...view.dialog, previewed: { parent: 11, child: 12, answer: { kind: 'told', preview } as const } }
    const text = frameOf({ ...SMALL, view: { ...view, size: SMALL, dialog } }).join('\n')
    expect(text).toContain('12 ends when 11 dies')
    expect(text).toContain('Enter register')
  })

  test('blanks that do not fit are no text that was left out', () => {
    const lines = frameOf({ ...SMALL, keys: ['e'] })
    expect(lines.find((line) => line.includes('latency'))).toMatch(/level normal +│$/)
    expect(frameOf({ ...SMALL, keys: ['k'] }).join('\n')).toContain('read the configuration a… │')
  })

  test('why nothing can be done is seen on the smallest screens', () => {
    const size = { columns: 59, rows: 7 }
    const target = { node: 'api', name: 'node gone.js', identity: { pid: 4219, startTime: 1 }, started: '12:00:00' }
    const dialog = { kind: 'signals', targets: [target], signal: 'SIGTERM' } as const
    const text = frameOf({ ...size, view: { ...initialView(size), dialog } }).join('\n')
    expect(text).toContain('Pid 4219 belongs to another process now.')
    expect(text).toContain('Esc back')
  })
})

describe('what is typed', () => {
  const long = `${'a'.repeat(90)}END`

  test('shows its end and the cursor, however long it is', () => {
    for (const keys of [
      ['/', ...typed(long)],
      ['\\', ...typed(long)],
      ['\\', ...typed(`${'漢'.repeat(90)}END`)]
    ]) {
      const footer = frameOf({ columns: 80, rows: 24, keys }).at(-1) ?? ''
      expect(footer).toContain('END▏')
      expect(stringWidth(footer)).toBeLessThanOrEqual(80)
    }
    expect(frameOf({ columns: 60, rows: 24, keys: [':', ...typed(`${'a'.repeat(55)}END`)] }).join('\n')).toContain('END▏')
    expect(frameOf({ columns: 80, rows: 24, keys: ['r', ...typed(`${'a'.repeat(40)}END`)] }).join('\n')).toContain('END▏')
  })
})

test('the time until a stop is whole, also when it is long', () => {
  const state = fakeState()
  const indexer = state.nodes['indexer']
  if (indexer === undefined) throw new Error('no indexer')
  const slow = (latencyMs: number) => ({
    ...state,
    nodes: {
      ...state.nodes,
      indexer: {
        ...indexer,
        description: {
          ...indexer.description,
          limits: { ...indexer.description.limits, latency: { ...indexer.description.limits.latency, value: latencyMs } }
        }
      }
    }
  })
  const lineOf = (latencyMs: number): string =>
    frameOf({ state: slow(latencyMs), columns: 120, look: plainLook }).find((line) => line.includes('indexer')) ?? ''
  expect(lineOf(12_000)).toMatch(/9\/12s +▕.*▏ 3s /)
  expect(lineOf(90_000)).toMatch(/9\/90s +▕.*▏ 1m /)
  expect(lineOf(1_000_000)).toMatch(/9\/1000s ▕.*▏ 17m /)
})

test('where an edited limit comes from is said whole', () => {
  const state = fakeState()
  const node = describedNode('hot')
  const memory = {
    ...node.limits.memory,
    source: { kind: 'hot-edit', by: 'keyboard', at: new Date(2026, 0, 1, 15, 34, 39).toISOString() } as const
  }
  const hot = fakeNode({ ...node, limits: { ...node.limits, memory } }, [fakeProcess(7)])
  const text = frameOf({ state: { ...state, nodes: { hot }, order: ['hot'] }, columns: 80, rows: 24, keys: ['e'] }).join('\n')
  expect(text).toContain('edited by hand at 15:34:39')
})
