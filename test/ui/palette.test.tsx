import { describe, expect, test } from 'vitest'
import { failure, success } from '../../src/core/errors.ts'
import type { ReloadDifference } from '../../src/core/queries.ts'
import { type Action, KEYMAP } from '../../src/ui/keymap.ts'
import { createKeymap } from '../../src/ui/keys/keymap-of.ts'
import { keysAsMarkdown } from '../../src/ui/keys/markdown.ts'
import { THEME_NAMES } from '../../src/ui/theme/tones.ts'
import { createLook } from '../../src/ui/theme.ts'
import { answered } from '../../src/ui/view/answers.ts'
import { suggestions } from '../../src/ui/view/palette.ts'
import { topPane, type ViewState } from '../../src/ui/view/state.ts'
import { fakeState } from '../helpers/fake-session.ts'
import { frameOf } from '../helpers/frame.tsx'
import { commandsOf, play, typed, worldOf } from '../helpers/world.ts'

const world = worldOf()
const keymap = createKeymap()
const names = (text: string) => suggestions(text, 'tree', keymap).map(({ action }) => action)

describe('the palette', () => {
  test('knows every action that the tree has, by its name', () => {
    const left = new Set(['palette', 'up', 'down', 'page-up', 'page-down', 'back', 'interrupt'])
    for (const { action, group, places } of KEYMAP)
      if (group !== 'ANSWER' && places.includes('tree') && !left.has(action)) expect([action, names(action)[0]]).toEqual([action, action])
    expect(names('')).not.toContain('palette')
  })

  test('finds by the beginning of the name, by a part of it, by what it does', () => {
    expect(names('sort').slice(0, 2)).toEqual(['sort', 'sort-cpu'])
    expect(names('fold all')[0]).toBe('fold-all')
    expect(names(':reload')[0]).toBe('reload')
    expect(names('clipboard')).toEqual(['copy'])
    expect(names('no such thing')).toEqual([])
  })

  test('does what the key would do, questions and all', () => {
    expect(topPane(play([':', ...typed('run'), 'enter'], world).view)).toMatchObject({ kind: 'run' })
    const stopping = play([':', ...typed('stop'), 'enter'], world)
    expect(commandsOf(stopping.effects)).toEqual([])
    expect(stopping.view.dialog).toMatchObject({ kind: 'confirm', verb: 'stop' })
    expect(play([':', ...typed('quit'), 'enter'], world).view.dialog).toMatchObject({ kind: 'quit' })
    expect(play([':', ...typed('fold-all'), 'enter'], world).view.folded.size).toBeGreaterThan(0)
    expect(play([':', ...typed('fold-all'), 'enter', ':', ...typed('unfold-all'), 'enter'], world).view.folded.size).toBe(0)
  })

  test('completes with Tab, chooses with the arrows, and gives up with Esc', () => {
    expect(play([':', ...typed('sort'), 'down', 'tab'], world).view.dialog).toMatchObject({ typed: 'sort-cpu' })
    expect(play([':', ...typed('sort'), 'down', 'enter'], world).view.sort.by).toBe('cpu')
    expect(play([':', 'escape'], world).view.dialog).toBeUndefined()
    expect(play([':', ...typed('nosuch'), 'enter'], world).view.dialog).toMatchObject({ kind: 'palette' })
    expect(frameOf({ keys: [':', ...typed('zzz')] }).join('\n')).toContain('nothing is called so')
  })

  test('offers only what the pane below can do', () => {
    const inDetail = suggestions('', 'detail', keymap).map(({ action }) => action)
    expect(inDetail).toContain('signal')
    expect(inDetail).not.toContain('filter')
  })

  test('shows the keys, and the keys are those of this person', () => {
    expect(frameOf({ keys: [':', ...typed('signal')] }).join('\n')).toMatch(/› signal +k F9/)
    expect(frameOf({ keys: [':', ...typed('signal')], choice: { preset: 'vim', keys: {} } }).join('\n')).toMatch(/› signal +K F9/)
  })
})

describe('the theme', () => {
  const look = (theme: (typeof THEME_NAMES)[number]) => createLook({ color: true, ascii: false, theme })
  const colourful = worldOf(fakeState(), { look: look('default') })
  const chosen = (theme: string, started = look('default')) => {
    const { view } = play([':', ...typed(`theme ${theme}`), 'enter'], worldOf(fakeState(), { look: started }))
    return frameOf({ view: { ...view, notice: undefined }, look: started })
  }

  test('is changed at once by its name, each to each, and stays as it was for other terminals', () => {
    for (const from of THEME_NAMES) for (const to of THEME_NAMES) expect(chosen(to, look(from))).toEqual(frameOf({ look: look(to) }))
    expect(chosen('monochrome')).not.toEqual(chosen('default'))
  })

  test('is completed as every other name, and all themes have one', () => {
    expect(names('theme')).toEqual(THEME_NAMES.map((name): Action => `theme-${name}`))
    expect(play([':', ...typed('theme h'), 'tab'], colourful).view.dialog).toMatchObject({ typed: 'theme-high-contrast' })
    expect(play([':', ...typed('theme m'), 'enter'], colourful).view).toMatchObject({
      theme: 'monochrome',
      notice: { text: 'theme monochrome' }
    })
  })

  test('in every pane, dialogs included', () => {
    for (const keys of [['?'], ['L'], ['v'], ['i'], ['k']]) {
      const { view } = play([':', ...typed('theme mono'), 'enter', ...keys], colourful)
      expect(frameOf({ view, look: look('default') })).toEqual(frameOf({ view: { ...view, theme: undefined }, look: look('monochrome') }))
    }
    const inLogs = play(['L', ':', ...typed('theme high-contrast'), 'enter'], colourful).view
    expect(inLogs.theme).toBe('high-contrast')
  })

  test('without colours there is none to choose', () => {
    const { view } = play([':', ...typed('theme monochrome'), 'enter'], world)
    expect(view.theme).toBeUndefined()
    expect(view.notice).toMatchObject({ tone: 'alarm', text: expect.stringContaining('NO_COLOR') })
  })
})

const difference: ReloadDifference = {
  changes: [
    { node: undefined, action: 'live', fields: [{ path: 'watchdog.interval', from: '3s', to: '5s', change: 'live' }] },
    {
      node: 'api',
      action: 'restart',
      fields: [{ path: 'worker.command', from: 'node server.js', to: 'node other.js', change: 'spawn-time' }]
    },
    { node: 'extra', action: 'start', fields: [] }
  ],
  kept: [{ node: 'indexer', path: 'limits.memory', value: '150M' }],
  ignored: ['stateDir']
}
const reloading = (): ViewState => play([':', ...typed('reload'), 'enter'], world).view
const told = (view: ViewState, value: ReloadDifference) => answered(view, { query: { type: 'reload-difference' }, answer: success(value) })

describe('reading the configuration again', () => {
  test('shows the difference first, and only then sends', () => {
    const asked = play([':', ...typed('reload'), 'enter'], world)
    expect(asked.effects).toEqual([{ kind: 'ask', query: { type: 'reload-difference' } }])
    expect(commandsOf(play(['enter'], world, asked.view).effects)).toEqual([])
    const view = told(asked.view, difference)
    const text = frameOf({ view }).join('\n')
    for (const part of [
      'this run changes at once',
      'watchdog.interval: 3s → 5s',
      'api is restarted',
      'worker.command: node server.js → node other.js',
      'extra is started',
      'indexer limits.memory stays 150M, as edited by hand',
      'Only with a new start of tsupervise: stateDir'
    ])
      expect(text).toContain(part)
    expect(commandsOf(play(['escape'], world, view).effects)).toEqual([])
    expect(commandsOf(play(['enter'], world, view).effects)).toEqual([{ type: 'reload', by: 'keyboard' }])
  })

  test('what is wrong with the file is said, and nothing can be sent', () => {
    const view = answered(reloading(), {
      query: { type: 'reload-difference' },
      answer: failure('config', 'tsupervise.yaml:3:1: unknown key')
    })
    expect(frameOf({ view }).join('\n')).toMatch(/tsupervise\.yaml:3:1: unknown key[\s\S]*Nothing was changed\./)
    expect(commandsOf(play(['enter', 'y'], world, view).effects)).toEqual([])
  })

  test('no difference is said too; an answer after Esc changes nothing', () => {
    expect(frameOf({ view: told(reloading(), { changes: [], kept: [], ignored: [] }) }).join('\n')).toContain('Nothing has changed.')
    const closed = play(['escape'], world, reloading()).view
    expect(told(closed, difference)).toBe(closed)
  })

  test('a long difference is cut, its keys still show', () => {
    const many = {
      ...difference,
      changes: Array.from({ length: 60 }, (_, index) => ({ node: `n${index}`, action: 'restart' as const, fields: [] }))
    }
    const lines = frameOf({ view: { ...told(reloading(), many), size: { columns: 80, rows: 24 } } })
    expect(lines.length).toBeLessThan(24)
    expect(lines.join('\n')).toMatch(/and \d+ lines more[\s\S]*Enter do it/)
  })

  test('read only: not even asked', () => {
    const played = play([':', ...typed('reload'), 'enter'], worldOf(fakeState(), { readOnly: true }))
    expect(played.effects).toEqual([])
    expect(played.view.notice?.text).toContain('read only')
  })
})

test('the table of the README names every action once, with its keys', () => {
  const lines = keysAsMarkdown().split('\n')
  expect(lines[0]).toBe('| keys | action | |')
  const actions = KEYMAP.filter(({ group }) => group !== 'ANSWER').map(({ action }) => action)
  expect(
    lines
      .slice(2)
      .map((line) => line.split(' | ')[1]?.trim())
      .toSorted()
  ).toEqual(actions.toSorted())
  expect(lines).toContain('| `k` `F9` | signal | send a signal to the process (asks which; SIGTERM first) |')
  expect(lines).toContain('| `:reload` | reload | read the configuration again (shows the difference first) |')
  for (const line of lines) expect(line.match(/(?<!\\)\|/g)).toHaveLength(4)
})
