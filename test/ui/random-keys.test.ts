import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../src/core/commands.ts'
import type { SupervisorState } from '../../src/store.ts'
import type { Input } from '../../src/ui/input/decode.ts'
import { KEYMAP } from '../../src/ui/keymap.ts'
import { createLook } from '../../src/ui/theme.ts'
import { press } from '../../src/ui/view/press.ts'
import { type Effect, initialView, type ViewState } from '../../src/ui/view/state.ts'
import { describedNode, fakeNode, fakeProcess, fakeReceipt, fakeState, NOW } from '../helpers/fake-session.ts'
import { frameOf } from '../helpers/frame.tsx'

const look = createLook({ color: false, ascii: false })

const key = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('x', 'o', 'R', 'k', 'e', 'q', 'down', 'escape', 'enter', 'enter', 'y') },
  { weight: 6, arbitrary: fc.constantFrom(...new Set(KEYMAP.flatMap((binding) => binding.keys))) },
  { weight: 2, arbitrary: fc.constantFrom(...'0123456789M.%') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }) }
)
const input: fc.Arbitrary<Input> = fc.oneof(
  { weight: 9, arbitrary: key.map((name): Input => ({ kind: 'key', key: name })) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text): Input => ({ kind: 'paste', text })) }
)

/** The world as it may have become under the hands of the person who types. */
const base = fakeState()
const without = (name: string): SupervisorState => {
  const { [name]: _gone, ...nodes } = base.nodes
  return { ...base, nodes, order: base.order.filter((other) => other !== name) }
}
const WORLDS: readonly SupervisorState[] = [
  base,
  without('api'),
  without('indexer'),
  { ...base, nodes: {}, order: [], events: [], receipts: [] },
  { ...base, nodes: { ...base.nodes, api: fakeNode(describedNode('api'), [fakeProcess(4211, { startTime: 1 }), fakeProcess(77)]) } },
  {
    ...base,
    nodes: { ...base.nodes, indexer: fakeNode(describedNode('indexer')) },
    receipts: [fakeReceipt(9, { survivors: fakeReceipt().tree })]
  },
  { ...base, run: { ...base.run, shutdown: { code: 1, reason: 'too many restarts' } } }
]

const step = fc.record({
  input,
  world: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(WORLDS.length - 1) }),
  resize: fc.option(fc.record({ columns: fc.nat(130), rows: fc.nat(45) }), { freq: 12, nil: undefined })
})

const worldNumbered = (index: number): SupervisorState => WORLDS[index] ?? base

/** What must have been on the screen when this command was sent; undefined: nothing, it does no harm. */
function mustHaveAsked(command: Command): object | undefined {
  switch (command.type) {
    case 'signal':
      return { kind: 'signals', signal: command.signal, target: { identity: command.target } }
    case 'stop':
    case 'start':
    case 'restart':
      return { kind: 'confirm', verb: command.type, target: { node: command.node } }
    case 'set-limit':
      return { kind: 'limits', node: command.node, field: command.field }
    default:
      return undefined
  }
}

const commandsOf = (effects: readonly Effect[]): Command[] => effects.flatMap((effect) => (effect.kind === 'send' ? [effect.command] : []))

test('whatever is typed: nothing is thrown, and nothing is stopped or signalled without a dialog that named it', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, readOnly) => {
      let view: ViewState = initialView({ columns: 100, rows: 30 })
      let ending = false
      for (const { input: typed, world, resize } of steps) {
        const live = worldNumbered(world)
        if (resize !== undefined) view = { ...view, size: resize }
        const [next, effects] = press(view, typed, { live, shown: base, logs: undefined, now: NOW, look, readOnly, canSuspend: true })
        const commands = commandsOf(effects)
        expect(readOnly || typed.kind === 'paste' ? commands : []).toEqual([])
        for (const command of commands) {
          const asked = mustHaveAsked(command)
          if (asked !== undefined) expect(view.dialog).toMatchObject(asked)
          if (command.type === 'shutdown') expect([view.dialog?.kind === 'quit', ending, live.run.shutdown !== undefined]).toContain(true)
          ending ||= command.type === 'shutdown'
          seen.add(command.type)
        }
        view = next
      }
    }),
    { numRuns: 2000 }
  )
  // the random keys do reach every command: else the property would say nothing
  expect([...seen].sort()).toEqual(['observe', 'restart', 'set-limit', 'shutdown', 'signal', 'start', 'stop'])
})

test('whatever was typed, the screen can be drawn in every world', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      let view: ViewState = initialView({ columns: 100, rows: 30 })
      let state = base
      for (const { input: typed, world, resize } of steps) {
        state = worldNumbered(world)
        if (resize !== undefined) view = { ...view, size: resize }
        view = press(view, typed, { live: state, shown: state, logs: undefined, now: NOW, look, readOnly: false, canSuspend: true })[0]
      }
      const { columns, rows } = view.size
      const lines = frameOf({ state, view, columns, rows })
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1))
      expect(lines.join('')).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: 120 }
  )
}, 60_000)
