import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../src/core/commands.ts'
import { success } from '../../src/core/errors.ts'
import { sameProcess } from '../../src/core/process/identity.ts'
import type { ProcessBrief } from '../../src/core/queries.ts'
import type { LogLine, LogWindow } from '../../src/session.ts'
import type { SupervisorState } from '../../src/store.ts'
import type { Input } from '../../src/ui/input/decode.ts'
import { KEYMAP } from '../../src/ui/keymap.ts'
import { answered } from '../../src/ui/view/answers.ts'
import { press } from '../../src/ui/view/press.ts'
import type { Answered, Query } from '../../src/ui/view/questions.ts'
import { initialView, type ViewState } from '../../src/ui/view/state.ts'
import { ago, describedNode, fakeNode, fakePair, fakeProcess, fakeReceipt, fakeState } from '../helpers/fake-session.ts'
import { frameOf } from '../helpers/frame.tsx'
import { commandsOf, worldOf } from '../helpers/world.ts'

const base = fakeState({
  orphans: { socket: undefined, armed: 3, acting: 0, parents: 1, refused: 0, pairs: [fakePair(5123, 5100), fakePair(5124, 5100)] }
})

const names = fc.constantFrom(...new Set(KEYMAP.flatMap((binding) => binding.keys)))
const key = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      'x',
      'o',
      'R',
      'k',
      'e',
      'q',
      'w',
      'u',
      'E',
      'G',
      'up',
      'down',
      'escape',
      'enter',
      'enter',
      'y',
      'space',
      'tab'
    )
  },
  { weight: 6, arbitrary: names },
  { weight: 2, arbitrary: fc.constantFrom(...'0123456789M.%!:') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }) }
)
/** What takes several keys in a row, which chance alone would not find. */
const phrase = fc.constantFrom(
  [':', ...'reload', 'enter', 'enter'],
  ['r', ...'5100', 'tab', 'ctrl-u', ...'5123', 'enter'],
  [':', ...'stop', 'enter'],
  ['\\', ...'indexer', 'enter'],
  ['/', ...'render', 'enter', 'k'],
  ['G', 'up', 'up', 'space', 'E'],
  ['G', 'up', 'u'],
  ['t', 'P', 'down', 'k'],
  ['w', 'w', 'enter'],
  ['e', ...'9G', 'ctrl-s'],
  ['L', '/', ...'er', 'enter', 'n', 'N'],
  ['L', 'W', 'pageup', 's', 't', '/', 'x'],
  ['L', 'right', 'right', 'up']
)
const inputs: fc.Arbitrary<readonly Input[]> = fc.oneof(
  { weight: 9, arbitrary: key.map((name): readonly Input[] => [{ kind: 'key', key: name }]) },
  { weight: 3, arbitrary: phrase.map((keys) => keys.map((name): Input => ({ kind: 'key', key: name }))) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text): readonly Input[] => [{ kind: 'paste', text }]) }
)

/** What nodes wrote: long, wide, empty and hostile lines. */
const logs: LogWindow = {
  dropped: 3,
  lines: [
    'error',
    '',
    `${'x'.repeat(9000)}er`,
    '漢é'.repeat(500),
    '\x1b[2J\x07',
    'e\u0301\u0301\u0301'.repeat(90),
    ...Array(60).fill('more')
  ].map((text: string, index): LogLine => ({ seq: index + 4, time: ago(index), stream: index % 3 === 0 ? 'stderr' : 'stdout', text }))
}

/** The world as it may have become under the hands of the person who types. */
const without = (name: string): SupervisorState => {
  const { [name]: _gone, ...nodes } = base.nodes
  return { ...base, nodes, order: base.order.filter((other) => other !== name) }
}
const WORLDS: readonly SupervisorState[] = [
  base,
  without('api'),
  without('indexer'),
  { ...base, nodes: {}, order: [], events: [], receipts: [], orphans: { ...base.orphans, pairs: [] } },
  { ...base, nodes: { ...base.nodes, api: fakeNode(describedNode('api'), [fakeProcess(4211, { startTime: 1 }), fakeProcess(77)]) } },
  { ...base, orphans: { ...base.orphans, pairs: [fakePair(5123, 5100, { child: { pid: 5123, startTime: 1 } })] } },
  {
    ...base,
    nodes: { ...base.nodes, indexer: fakeNode(describedNode('indexer', { observe: true })) },
    receipts: [fakeReceipt(9, { survivors: fakeReceipt().tree })]
  },
  { ...base, nodes: { ...base.nodes, api: fakeNode(describedNode('api', { observe: true }), [fakeProcess(4211)]) } },
  { ...base, run: { ...base.run, shutdown: { code: 1, reason: 'too many restarts' } } }
]

const step = fc.record({
  inputs,
  world: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.nat(WORLDS.length - 1) }),
  resize: fc.option(fc.record({ columns: fc.nat(130), rows: fc.nat(45) }), { freq: 12, nil: undefined })
})

const worldNumbered = (index: number): SupervisorState => WORLDS[index] ?? base

const brief = (pid: number): ProcessBrief => ({ pid, startTime: 800_000 + pid, ppid: 1, uid: 0, comm: 'x', command: `x ${pid}` })

/** What a session answers; register is refused for odd parents. */
function answer(query: Query): Answered {
  if (query.type === 'find-processes') return { query, answer: success([brief(5100), brief(5123)]) }
  if (query.type === 'reload-difference') return { query, answer: success({ changes: [], kept: [], ignored: [] }) }
  const { parent, child } = query
  return { query, answer: success({ parent: brief(parent), child: brief(child), text: 'it would end', refused: parent % 2 === 1 }) }
}

/** The dialog that must have stood on the screen when this command was sent, and named whom it is about; undefined: it does no harm. */
function mustHaveAsked(command: Command): object | undefined {
  switch (command.type) {
    case 'signal':
      return {
        kind: 'signals',
        signal: command.signal,
        targets: expect.arrayContaining([expect.objectContaining({ identity: command.target })])
      }
    case 'stop':
    case 'start':
    case 'restart':
      return { kind: 'confirm', verb: command.type, targets: expect.arrayContaining([expect.objectContaining({ node: command.node })]) }
    case 'observe':
      return command.observe ? undefined : { kind: 'confirm', verb: 'act' }
    case 'set-limit':
      return { kind: 'limits', node: command.node, field: command.field }
    case 'save-limits':
      return { kind: 'limits', node: command.node }
    case 'unregister':
      return { kind: 'pairs', verb: 'unregister' }
    case 'end-orphan':
      return { kind: 'pairs', verb: 'end-orphan', pairs: expect.arrayContaining([expect.objectContaining({ child: command.child })]) }
    case 'register':
      return {
        kind: 'register',
        previewed: { parent: command.parent, child: command.child, answer: { kind: 'told', preview: { refused: false } } }
      }
    case 'reload':
      return { kind: 'reload', answer: { kind: 'told' } }
    default:
      return undefined
  }
}

/** Whether that very process or pair is there at the moment it is sent. */
function isStillThere(command: Command, live: SupervisorState): boolean {
  if (command.type === 'end-orphan') return live.orphans.pairs.some(({ child }) => sameProcess(child, command.child))
  if (command.type !== 'signal') return true
  return Object.values(live.nodes).some(
    ({ phase, sample }) =>
      (phase.phase === 'running' && sameProcess(phase.leader, command.target)) ||
      sample?.processes.some((process) => sameProcess(process, command.target))
  )
}

/** One turn as a person might take it, with what it must not do. Gives the view after it, the answers included. */
function turn(view: ViewState, input: Input, live: SupervisorState, readOnly: boolean, seen: Set<string>): ViewState {
  const [next, effects] = press(view, input, worldOf(live, { shown: base, readOnly, logs }))
  const commands = commandsOf(effects)
  expect(readOnly || input.kind === 'paste' ? commands : []).toEqual([])
  for (const command of commands) {
    const asked = mustHaveAsked(command)
    if (asked !== undefined) expect(view.dialog).toMatchObject(asked)
    expect([command, isStillThere(command, live)]).toEqual([command, true])
    if (command.type === 'shutdown')
      expect([view.dialog?.kind === 'quit', view.stopsAsked > 0, live.run.shutdown !== undefined]).toContain(true)
    seen.add(command.type)
  }
  return effects.reduce((after, effect) => (effect.kind === 'ask' ? answered(after, answer(effect.query)) : after), next)
}

test('whatever is typed: nothing is thrown, and nothing is stopped, signalled or registered without a dialog that named it', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.boolean(), (steps, readOnly) => {
      let view: ViewState = initialView({ columns: 100, rows: 30 })
      for (const { inputs: typed, world, resize } of steps) {
        if (resize !== undefined) view = { ...view, size: resize }
        for (const input of typed) view = turn(view, input, worldNumbered(world), readOnly, seen)
      }
    }),
    { numRuns: 2500 }
  )
  // the random keys do reach every command: else the property would say nothing
  expect([...seen].sort()).toEqual([
    'end-orphan',
    'observe',
    'register',
    'reload',
    'restart',
    'save-limits',
    'set-limit',
    'shutdown',
    'signal',
    'start',
    'stop',
    'unregister'
  ])
}, 60_000)

test('whatever was typed, the screen can be drawn in every world', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let view: ViewState = initialView({ columns: 100, rows: 30 })
      let state = base
      for (const { inputs: typed, world, resize } of steps) {
        state = worldNumbered(world)
        if (resize !== undefined) view = { ...view, size: resize }
        for (const input of typed) {
          const [next, effects] = press(view, input, worldOf(state, { logs }))
          view = effects.reduce((after, effect) => (effect.kind === 'ask' ? answered(after, answer(effect.query)) : after), next)
        }
      }
      const { columns, rows } = view.size
      const lines = frameOf({ state, view, columns, rows, logs })
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1))
      expect(lines.join('')).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: 150 }
  )
}, 60_000)
