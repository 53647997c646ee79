import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeymap, REMAPPABLE } from '../../src/ui/keys/keymap-of.ts'
import { readKey, spokenKey } from '../../src/ui/keys/names.ts'
import { ConfigFolder } from './folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = new ConfigFolder()
})
afterAll(() => folder.remove())

const ui = async (text: string, argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
  folder.write('tsupervise.yaml', `worker: {command: [a]}\nui:\n${text}`)
  return (await folder.load(argv, env)).preferences.interface
}
const refused = async (text: string): Promise<readonly string[]> => {
  folder.write('tsupervise.yaml', `worker: {command: [a]}\nui:\n${text}`)
  return (await folder.refusal()).message.split('\n').map((line) => line.slice(line.indexOf('yaml:') + 5))
}

describe('the interface in the configuration', () => {
  it('has a theme, a preset, keys, a mode', async () => {
    expect(await ui('  {}')).toEqual({ theme: 'default', keys: { preset: 'default', keys: {} }, readOnly: false, screenReader: false })
    expect(await ui('  {theme: monochrome, preset: vim, readOnly: true, screenReader: true}')).toEqual({
      theme: 'monochrome',
      keys: { preset: 'vim', keys: {} },
      readOnly: true,
      screenReader: true
    })
    expect((await ui('  keys: {signal: [K, f9], stop: [Ctrl-X], tag: [space], pause: [7]}')).keys.keys).toEqual({
      signal: ['K', 'f9'],
      stop: ['ctrl-x'],
      tag: ['space'],
      pause: ['7']
    })
  })

  it('gives way to options and the environment', async () => {
    expect((await ui('  {theme: monochrome}', ['--theme', 'high-contrast'])).theme).toBe('high-contrast')
    expect((await ui('  {theme: monochrome}', [], { TSUPERVISE_THEME: 'default' })).theme).toBe('default')
    expect((await ui('  {}', ['--read-only', '--screen-reader'])).readOnly).toBe(true)
  })

  it('says where it came from', async () => {
    folder.write('tsupervise.yaml', 'worker: {command: [a]}\nui:\n  keys:\n    stop: [X, F8]\n')
    const { effective } = await folder.load(['--theme', 'monochrome'])
    expect(effective.get('ui.theme')).toEqual({ shown: 'monochrome', source: { kind: 'option', option: '--theme' } })
    expect(effective.get('ui.keys.stop')).toMatchObject({ shown: 'X F8', source: { kind: 'file', line: 4, column: 11 } })
  })
})

describe('keys that cannot be', () => {
  it('two meanings in one place', async () => {
    expect(await refused('  keys:\n    stop: [k]')).toEqual([
      '4:11: ui.keys.stop: the key k means signal in the tree already; give signal other keys too, or choose another one'
    ])
    expect(await refused('  preset: vim\n  keys:\n    logs: [l, L]')).toEqual([
      '5:11: ui.keys.logs: the key l means unfold in the tree already; give unfold other keys too, or choose another one'
    ])
    expect(await refused('  keys:\n    stop: [z]\n    start: [z]')).toHaveLength(1)
    expect((await ui('  keys:\n    stop: [k]\n    signal: [K]')).keys.keys.stop).toEqual(['k'])
  })

  it('what answers every dialog', async () => {
    expect(await refused('  keys: {up: [enter]}')).toEqual(expect.arrayContaining([expect.stringContaining('the key Enter means')]))
    expect(await refused('  keys: {cancel: [x]}')).toEqual([expect.stringContaining("there is no action 'cancel'")])
  })

  it('typos and keys that no terminal sends', async () => {
    expect(await refused('  keys: {singal: [K]}')).toEqual(["3:18: ui.keys: there is no action 'singal'; did you mean 'signal'?"])
    expect(await refused('  keys: {stop: [Hyper-X]}')).toEqual([
      '3:17: ui.keys.stop.0: found "Hyper-X", expected a key such as K, F5, PgUp, Space, ctrl-x or alt-j'
    ])
    expect(await refused('  keys: {stop: x}')).toEqual(['3:16: ui.keys.stop: found "x", expected a list of keys such as [K, F9]'])
    expect(await refused('  theme: dark')).toEqual(['3:10: ui.theme: found "dark", expected one of default, high-contrast, monochrome'])
  })

  it('whatever is configured and accepted, no key means two things and every dialog can be answered', async () => {
    let accepted = 0
    const key = fc.constantFrom('k', 'K', 'x', 'F5', 'ctrl-x', 'enter', 'escape', 'space', 'tab', 'j', 'down', 's', 'y', 'q', '[')
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...REMAPPABLE), fc.array(key, { maxLength: 2 }), { maxKeys: 4 }),
        fc.constantFrom('default', 'vim'),
        async (keys, preset) => {
          folder.write('tsupervise.yaml', JSON.stringify({ worker: { command: ['a'] }, ui: { preset, keys } }))
          const loaded = await folder.load().catch(() => undefined)
          if (loaded === undefined) return
          accepted++
          const keymap = createKeymap(loaded.preferences.interface.keys)
          for (const place of [
            'signals',
            'confirm',
            'limits',
            'quit',
            'sort',
            'reload',
            'register',
            'palette',
            'filter',
            'search'
          ] as const) {
            expect([place, keymap.actionFor(place, 'escape')]).toEqual([place, 'cancel'])
            expect([place, keymap.actionFor(place, 'enter')]).toEqual([place, 'accept'])
          }
        }
      ),
      { numRuns: 60 }
    )
    expect(accepted).toBeGreaterThan(5)
  })
})

describe('names of keys', () => {
  it('in the spellings that people use', () => {
    const spellings: readonly (readonly [string, string | undefined])[] = [
      ['K', 'K'],
      ['PgUp', 'pageup'],
      ['PageDown', 'pagedown'],
      ['F5', 'f5'],
      ['Space', 'space'],
      [' ', 'space'],
      ['^X', 'ctrl-x'],
      ['Ctrl-X', 'ctrl-x'],
      ['ctrl-i', 'tab'],
      ['Esc', 'escape'],
      ['shift-f5', 'shift-f5'],
      ['alt-J', 'alt-J'],
      ['ctrl-up', 'ctrl-up'],
      ['-', '-'],
      ['^', '^'],
      ['é', 'é'],
      ['F13', undefined],
      ['shift-x', undefined],
      ['ctrl-1', undefined],
      ['\x07', undefined],
      ['', undefined],
      ['xx', undefined]
    ]
    for (const [spelled, key] of spellings) expect([spelled, readKey(spelled)]).toEqual([spelled, key])
  })

  it('as they are spoken they are read as the same', () => {
    const key = fc.constantFrom(
      'K',
      'ctrl-x',
      'f5',
      'pageup',
      'pagedown',
      'space',
      'enter',
      'escape',
      'alt-j',
      'shift-f3',
      'ctrl-alt-up',
      'tab',
      '-',
      '\\',
      '^'
    )
    fc.assert(
      fc.property(key, (name) => {
        expect(readKey(spokenKey(name))).toBe(name)
      })
    )
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => void readKey(text)))
  })
})
