import { expect, test } from 'vitest'
import { type Action, KEYMAP, type Place } from '../../src/ui/keymap.ts'
import { conflictsOf, createKeymap } from '../../src/ui/keys/keymap-of.ts'
import { spokenKey } from '../../src/ui/keys/names.ts'
import { footerLine } from '../../src/ui/panes/footer.ts'
import { helpLines } from '../../src/ui/panes/help.ts'
import { createLook } from '../../src/ui/theme.ts'

const { actionFor } = createKeymap()
const look = createLook({ color: false, ascii: false })

test('no key means two things in one place', () => {
  expect(conflictsOf({ preset: 'default', keys: {} })).toEqual([])
  expect(conflictsOf({ preset: 'vim', keys: {} })).toEqual([])
})

test('the keys are those that users of htop, less and k9s know', () => {
  const known: readonly (readonly [Place, string, Action])[] = [
    ['tree', 'up', 'up'],
    ['tree', 'ctrl-n', 'down'],
    ['tree', 'g', 'first'],
    ['tree', 'G', 'last'],
    ['tree', 'left', 'fold'],
    ['tree', '+', 'unfold'],
    ['tree', 'enter', 'open'],
    ['tree', 'k', 'signal'],
    ['tree', 'f9', 'signal'],
    ['tree', 'x', 'stop'],
    ['tree', 'o', 'start'],
    ['tree', 'R', 'restart'],
    ['tree', 'e', 'limits'],
    ['tree', 'w', 'observe'],
    ['tree', 'f5', 'flat'],
    ['tree', 'Z', 'pause'],
    ['tree', 'L', 'logs'],
    ['tree', 'ctrl-l', 'redraw'],
    ['tree', 'f1', 'help'],
    ['tree', 'f10', 'quit'],
    ['tree', '\\', 'filter'],
    ['tree', 'f4', 'filter'],
    ['tree', '/', 'search'],
    ['tree', 'f3', 'search'],
    ['tree', 'n', 'search-next'],
    ['tree', 'f6', 'sort'],
    ['tree', 'I', 'sort-invert'],
    ['tree', 'P', 'sort-cpu'],
    ['tree', 'M', 'sort-memory'],
    ['tree', 'T', 'sort-time'],
    ['tree', 'space', 'tag'],
    ['tree', 'U', 'untag-all'],
    ['tree', 'F', 'follow'],
    ['tree', '*', 'fold-toggle'],
    ['tree', 'r', 'register'],
    ['tree', 'u', 'unregister'],
    ['tree', 'y', 'copy'],
    ['tree', ':', 'palette'],
    ['logs', 'W', 'wrap'],
    ['detail', 'escape', 'back'],
    ['confirm', 'enter', 'accept'],
    ['limits', ']', 'raise']
  ]
  for (const [place, key, action] of known) expect([key, actionFor(place, key)]).toEqual([key, action])
  expect(actionFor('tree', 'j')).toBeUndefined()
})

test('in every dialog escape cancels, and nowhere does a letter do it without asking', () => {
  for (const place of ['signals', 'confirm', 'limits', 'quit'] as const) expect(actionFor(place, 'escape')).toBe('cancel')
  for (const place of ['signals', 'limits'] as const) {
    const accepting = KEYMAP.filter((binding) => binding.action === 'accept' && binding.places.includes(place)).flatMap(
      (binding) => binding.keys
    )
    expect(accepting).toEqual(['enter'])
  }
})

test('the help names every key that works outside dialogs', () => {
  const help = helpLines({ look, columns: 240, now: 0, keymap: createKeymap(), facts: new Map() })
    .map((line) => line.map(([text]) => text).join(''))
    .join('\n')
  for (const binding of KEYMAP.filter((candidate) => candidate.places.includes('tree') || candidate.places.includes('detail'))) {
    expect(help).toContain(binding.long)
    for (const key of binding.keys) expect(help).toContain(spokenKey(key))
  }
})

test('the footer always has the way out, and fits', () => {
  for (const columns of [20, 60, 80, 120]) {
    const text = footerLine('tree', { look, keymap: createKeymap(), columns, notice: undefined, prompt: undefined })
      .map(([part]) => part)
      .join('')
    expect(text.trimEnd().length).toBeLessThanOrEqual(columns)
    expect(text).toContain('q quit')
  }
})
