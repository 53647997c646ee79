import { expect, test } from 'vitest'
import { type Action, actionFor, KEYMAP, type Place, spokenKey } from '../../src/ui/keymap.ts'
import { footerLine } from '../../src/ui/panes/footer.ts'
import { helpLines } from '../../src/ui/panes/help.ts'
import { createLook } from '../../src/ui/theme.ts'

const places = [...new Set(KEYMAP.flatMap((binding) => binding.places))]

test('no key means two things in one place', () => {
  for (const place of places) {
    const keys = KEYMAP.filter((binding) => binding.places.includes(place)).flatMap((binding) => binding.keys)
    expect([place, keys.filter((key, index) => keys.indexOf(key) !== index)]).toEqual([place, []])
  }
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
  const help = helpLines({ look: createLook({ color: false, ascii: false }), columns: 120, now: 0 })
    .map((line) => line.map(([text]) => text).join(''))
    .join('\n')
  for (const binding of KEYMAP.filter((candidate) => candidate.places.includes('tree') || candidate.places.includes('detail'))) {
    expect(help).toContain(binding.long)
    for (const key of binding.keys) expect(help).toContain(spokenKey(key))
  }
})

test('the footer always has the way out, and fits', () => {
  for (const columns of [20, 60, 80, 120]) {
    const text = footerLine('tree', undefined, columns)
      .map(([part]) => part)
      .join('')
    expect(text.trimEnd().length).toBeLessThanOrEqual(columns)
    expect(text).toContain('q quit')
  }
})
