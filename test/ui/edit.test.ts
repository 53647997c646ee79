import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EDIT_FIELDS, LIMIT_EDITORS } from '../../src/ui/edit/fields.ts'
import { parseSeconds, parseSize } from '../../src/ui/edit/parse.ts'
import { previewLimit } from '../../src/ui/edit/preview.ts'
import { describedNode, fakeCheck, fakeNode, fakeProcess, fakeState, NOW } from '../helpers/fake-session.ts'

test('sizes: MB is 2^20 bytes, and a bare number is MB', () => {
  expect(['200', '200M', '200 mb', '200MiB', '1.5G', '512K'].map(parseSize)).toEqual([
    200 * 2 ** 20,
    200 * 2 ** 20,
    200 * 2 ** 20,
    200 * 2 ** 20,
    1.5 * 2 ** 30,
    512 * 2 ** 10
  ])
  for (const text of ['', '0', '-1', 'M', '1e9', '1..5', '200X', '9'.repeat(16), '0x10', '1 000'])
    expect([text, parseSize(text)]).toEqual([text, undefined])
})

test('durations: a bare number is seconds', () => {
  expect(['12', '12s', '500ms', '2m', '1.5h', '24d', '0'].map(parseSeconds)).toEqual([
    12_000,
    12_000,
    500,
    120_000,
    5_400_000,
    24 * 86_400_000,
    0
  ])
  for (const text of ['', 's', '-1s', '25d', '1m30']) expect([text, parseSeconds(text)]).toEqual([text, undefined])
})

test('what is written is read as the same, and a nudge gives a value that can be set', () => {
  const values = {
    memory: fc.integer({ min: 1, max: 4096 }).map((mib) => mib * 2 ** 20),
    cpu: fc.integer({ min: 1, max: 100 }),
    latency: fc.nat(2_000_000).map((ms) => ms * 1000),
    respawnLimit: fc.nat(1000)
  }
  for (const field of EDIT_FIELDS) {
    const editor = LIMIT_EDITORS[field]
    fc.assert(
      fc.property(values[field], fc.constantFrom(1 as const, -1 as const), (value, direction) => {
        expect(editor.read(editor.write(value))).toBe(value)
        expect(editor.read(editor.write(editor.nudge(value, direction, 3000)))).toBeDefined()
      })
    )
  }
})

test('no text is read as a value outside its bounds', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 24 }), fc.constantFrom(...EDIT_FIELDS), (text, field) => {
      const value = LIMIT_EDITORS[field].read(text)
      if (value === undefined) return
      expect(Number.isFinite(value) && value >= 0).toBe(true)
      if (field === 'cpu') expect(value > 0 && value <= 100).toBe(true)
    })
  )
})

test('previews know the delay and observing', () => {
  const { run } = fakeState()
  const young = fakeNode(describedNode('x', { delayMs: 300_000 }), [fakeProcess(1)], { ledger: [fakeCheck(1, 10, 0, 150)] })
  expect(previewLimit(young, run, 'memory', 2 ** 20, NOW).text).toBe(
    'now at +150M: would be stopped at the next check after its start delay (58s left)'
  )
  const observed = fakeNode(describedNode('x', { observe: true }), [fakeProcess(1)], { ledger: [fakeCheck(1, 10, 0, 150)] })
  expect(previewLimit(observed, run, 'memory', 2 ** 20, NOW)).toEqual({
    stops: false,
    text: 'now at +150M: would be stopped at the next check, but it is only observed'
  })
  expect(previewLimit(fakeNode(describedNode('x')), run, 'memory', 1, NOW).text).toContain('not checked yet')
})
