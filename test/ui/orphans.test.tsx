import { describe, expect, test } from 'vitest'
import { failure, success } from '../../src/core/errors.ts'
import type { PairPreview, ProcessBrief } from '../../src/core/queries.ts'
import { answered } from '../../src/ui/view/answers.ts'
import type { Answered } from '../../src/ui/view/questions.ts'
import type { Effect, ViewState } from '../../src/ui/view/state.ts'
import { fakePair, fakeState } from '../helpers/fake-session.ts'
import { frameOf } from '../helpers/frame.tsx'
import { commandsOf, play, rowKeys, typed, worldOf } from '../helpers/world.ts'

const pairs = [
  fakePair(5123, 5100, { childCommand: '/opt/chrome --type=renderer' }),
  fakePair(5124, 5100, {
    standing: { kind: 'acting', receipt: 9 },
    scope: 'child',
    childCommand: 'helper',
    uid: 33,
    by: { uid: 33, pid: 0, command: 'preload' }
  })
]
const state = fakeState({ orphans: { socket: '/run/o.sock', armed: 11, acting: 1, parents: 3, refused: 2, pairs } })
const world = worldOf(state)
/** From the heading on. */
const heading = ['G', 'up', 'up', 'up']
const first = ['G', 'up', 'up']
const second = ['G', 'up']
const lineWith = (lines: readonly string[], part: string): string => lines.find((line) => line.includes(part)) ?? ''

describe('registered orphans in the tree', () => {
  test('have a heading, a row each, and what is not listed is counted', () => {
    const lines = frameOf({ state })
    expect(lineWith(lines, 'orphans   ')).toMatch(/▾ orphans +12 registered, 3 parents, 1 being ended, 2 refused, socket \/run\/o\.sock/)
    expect(lineWith(lines, 'chrome')).toMatch(
      /├─ chrome --type=rend… +5123 ◆ armed +parent 5100 agent --serve {2}SIGTERM, 4s, KILL {2}uid 1000 agent \(5100\) +6m00s$/
    )
    expect(lineWith(lines, '5124')).toMatch(
      /├─ helper +5124 ▼ acting +receipt 9 {2}parent 5100 agent --serve {2}uid 33 preload {2}SIGTERM, 4s,… +6m00s/
    )
    expect(lineWith(lines, 'and 10 more')).toMatch(/└─ … and 10 more/)
  })

  test('who came through the control socket is named once', () => {
    const askedBy = (uid: number) => {
      const pair = fakePair(5123, 5100, { uid, by: { uid: 0, pid: 77, command: 'root (uid 0, process 77)' } })
      const orphans = { socket: undefined, armed: 1, acting: 0, parents: 1, refused: 0, pairs: [pair] }
      return lineWith(frameOf({ state: fakeState({ orphans }), keys: ['G', 'enter'] }), 'asked by').trim()
    }
    expect(askedBy(0)).toMatch(/^asked by +root \(uid 0, process 77\)$/)
    // for another user both are told
    expect(askedBy(33)).toMatch(/^asked by +uid 33 root \(uid 0, process 77\) \(77\)$/)
  })

  test('at 80 columns too', () => {
    const lines = frameOf({ state, columns: 80, rows: 24 })
    expect(lineWith(lines, 'chrome')).toMatch(/├─ chrome --type=re… +5123 ◆ parent 5100 agent --serve {2}SIGTERM, 4s/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('nothing where nobody registers anything; only a socket is named', () => {
    expect(frameOf().join('\n')).not.toContain('orphans ')
    const open = fakeState({ orphans: { socket: '@o', armed: 0, acting: 0, parents: 0, refused: 0, pairs: [] } })
    expect(lineWith(frameOf({ state: open }), 'orphans ')).toMatch(/ {2}orphans +0 registered, 0 parents, socket @o/)
  })

  test('fold, and Enter says all about one', () => {
    expect(rowKeys(play([...heading, 'left'], world).view, world)).toHaveLength(rowKeys(play([], world).view, world).length - 3)
    expect(rowKeys(play([...heading, 'enter'], world).view, world).at(-1)).toBe('orphans')
    expect(play([...second, 'left'], world).view.selection?.key).toBe('orphans')
    const text = frameOf({ state, keys: [...first, 'enter'] }).join('\n')
    for (const part of [
      'ORPHAN 5123',
      '◆ armed: waits',
      '/opt/chrome --type=renderer (tick 805123)',
      'SIGTERM, 4s, KILL, to the child and its descendants',
      'uid 1000 agent (5100)',
      '6m00s ago'
    ])
      expect(text).toContain(part)
    expect(frameOf({ state: fakeState(), keys: ['enter'] }).join('\n')).not.toContain('ORPHAN')
  })

  test('cannot be signalled, stopped or limited: they are no nodes', () => {
    for (const key of ['k', 'x', 'e', 'w', 'L']) {
      const played = play([...first, key, 'enter'], world)
      expect([key, commandsOf(played.effects), played.view.dialog]).toEqual([key, [], undefined])
      expect(played.view.notice?.tone ?? 'alarm').toBe('alarm')
    }
    expect(play(['u'], world).view.notice?.text).toBe('this is no registered orphan')
  })
})

describe('unregister and end now', () => {
  test('ask, naming child and parent, and go to that very pair, under our own authority', () => {
    expect(commandsOf(play([...first, 'u'], world).effects)).toEqual([])
    expect(commandsOf(play([...first, 'u', 'escape'], world).effects)).toEqual([])
    expect(commandsOf(play([...first, 'u', 'enter'], world).effects)).toEqual([
      {
        type: 'unregister',
        parent: 5100,
        child: 5123,
        expect: { parentStart: 805_100, childStart: 805_123 },
        uid: 1000,
        by: 'keyboard'
      }
    ])
    expect(commandsOf(play([...first, 'E', 'y'], world).effects)).toEqual([
      { type: 'end-orphan', child: { pid: 5123, startTime: 805_123 }, uid: 1000, by: 'keyboard' }
    ])
    const text = frameOf({ state, keys: [...first, 'E'], columns: 80, rows: 24 }).join('\n')
    expect(text).toContain('End now 5123?')
    expect(text).toContain('pid 5123, started at tick 805123')
    expect(text).toContain('child of 5100 agent --serve')
    expect(text).toMatch(/SIGTERM, 4s, KILL, with its[\s│]+descendants\./)
  })

  test('a pair that was replaced under the open question is left alone', () => {
    const open = play([...first, 'E'], world).view
    const replaced = worldOf(
      { ...state, orphans: { ...state.orphans, pairs: [fakePair(5123, 5100, { child: { pid: 5123, startTime: 7 } })] } },
      { shown: state }
    )
    expect(commandsOf(play(['enter'], replaced, open).effects)).toEqual([])
    expect(frameOf({ state: replaced.live, view: open }).join('\n')).toContain('Child 5123 is another process, or of another parent, now.')
    const gone = worldOf({ ...state, orphans: { ...state.orphans, pairs: [] } })
    expect(commandsOf(play(['enter'], gone, open).effects)).toEqual([])
  })

  test('of all that are tagged; what went meanwhile is left out and named', () => {
    const open = play([...first, 'space', 'space', 'E'], world).view
    expect(commandsOf(play(['enter'], world, open).effects).map((command) => command.type === 'end-orphan' && command.child.pid)).toEqual([
      5123, 5124
    ])
    const half = { ...state, orphans: { ...state.orphans, pairs: pairs.slice(1) } }
    expect(frameOf({ state: half, view: open }).join('\n')).toMatch(
      /Left out: The pair of 5123 and 5100 is no longer registered[\s\S]*Enter end \(1 of 2\)/
    )
    expect(commandsOf(play(['enter'], worldOf(half, { shown: state }), open).effects)).toHaveLength(1)
  })

  test('read only: nothing', () => {
    const looking = worldOf(state, { readOnly: true })
    for (const key of ['u', 'E', 'r']) expect(commandsOf(play([...first, key, 'enter', 'y'], looking).effects)).toEqual([])
  })
})

const brief = (pid: number, command: string): ProcessBrief => ({
  pid,
  startTime: 800_000 + pid,
  ppid: 1,
  uid: 1000,
  comm: command.slice(0, 15),
  command
})
const asked = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.kind === 'ask' ? [effect.query] : []))
const found = (text: string, ...processes: readonly ProcessBrief[]): Answered => ({
  query: { type: 'find-processes', text, most: 6 },
  answer: success(processes)
})
const previewed = (parent: number, child: number, changes: Partial<PairPreview> = {}): Answered => ({
  query: { type: 'preview-pair', parent, child, uid: 1000 },
  answer: success({
    parent: brief(parent, 'agent'),
    child: brief(child, 'chrome'),
    text: `${child} chrome would end with SIGTERM, 4 s, SIGKILL when ${parent} agent dies`,
    refused: false,
    ...changes
  })
})
const answering = (view: ViewState, ...answers: readonly Answered[]): ViewState => answers.reduce(answered, view)

describe('the dialog that registers', () => {
  test('takes the selected process for the child, and asks who has what is typed', () => {
    const { view, effects } = play(['down', 'r', ...typed('ag')], world)
    expect(view.dialog).toMatchObject({ kind: 'register', field: 'parent', texts: { parent: 'ag', child: '4211', grace: '' } })
    expect(asked(effects)).toEqual([
      { type: 'find-processes', text: 'a', most: 6 },
      { type: 'find-processes', text: 'ag', most: 6 }
    ])
  })

  test('completes: Tab takes the only candidate, Down and Enter another one', () => {
    const open = play(['r', ...typed('age')], world).view
    const one = answering(open, found('age', brief(5100, 'agent')))
    const tabbed = play(['tab'], world, one)
    expect(tabbed.view.dialog).toMatchObject({ field: 'child', texts: { parent: '5100' } })
    const two = answering(open, found('age', brief(5100, 'agent'), brief(5101, 'agent --other')))
    expect(play(['tab'], world, two).view.dialog).toMatchObject({ field: 'child', texts: { parent: 'age' } })
    const chosen = play(['down', 'down', 'enter'], world, two)
    expect(chosen.view.dialog).toMatchObject({ field: 'child', texts: { parent: '5101' } })
    expect(commandsOf(chosen.effects)).toEqual([])
  })

  test('says what would happen before it sends, and pins both by their start', () => {
    const ready = play(['r', ...typed('5100'), 'tab', ...typed('5123')], world)
    expect(asked(ready.effects).at(-1)).toEqual({ type: 'preview-pair', parent: 5100, child: 5123, uid: 1000 })
    expect(commandsOf(play(['enter'], world, ready.view).effects)).toEqual([])
    const told = answering(ready.view, previewed(5100, 5123))
    expect(frameOf({ state, view: told }).join('\n')).toMatch(/5123 chrome would end with SIGTERM, 4 s, SIGKILL when 5100 agent[^─]+dies/)
    const sent = play(['enter'], world, told)
    expect(commandsOf(sent.effects)).toEqual([
      {
        type: 'register',
        parent: 5100,
        child: 5123,
        expect: { parentStart: 805_100, childStart: 805_123 },
        signal: undefined,
        graceMs: undefined,
        scope: undefined,
        uid: 1000,
        by: 'keyboard'
      }
    ])
    expect(sent.view.dialog).toBeUndefined()
  })

  test('signal, grace and scope as chosen', () => {
    const keys = ['tab', 'down', 'down', 'tab', ...typed('10s'), 'tab', 'down', 'down']
    const told = answering(play(['r', ...typed('5100'), 'tab', ...typed('5123')], world).view, previewed(5100, 5123))
    const { view } = play(keys, world, told)
    expect(frameOf({ state, view }).join('\n')).toMatch(/by SIGINT, killed after 10s, the child alone/)
    expect(commandsOf(play(['enter'], world, view).effects)[0]).toMatchObject({ signal: 'SIGINT', graceMs: 10_000, scope: 'child' })
    const wrong = play(['tab', 'tab', ...typed('soon'), 'enter'], world, told)
    expect(commandsOf(wrong.effects)).toEqual([])
    expect(frameOf({ state, view: wrong.view }).join('\n')).toContain('expected a duration')
  })

  test('is refused what the reaper would refuse, and tells why', () => {
    const open = play(['r', ...typed('5100'), 'tab', ...typed('1')], world).view
    const told = answering(open, previewed(5100, 1, { refused: true, text: 'process 1 is never ended' }))
    expect(frameOf({ state, view: told }).join('\n')).toContain('process 1 is never ended')
    expect(commandsOf(play(['enter'], world, told).effects)).toEqual([])
    const unknown = answering(open, {
      query: { type: 'preview-pair', parent: 5100, child: 1, uid: 1000 },
      answer: failure('gone', 'nobody answers')
    })
    expect(frameOf({ state, view: unknown }).join('\n')).toContain('nobody answers')
  })

  test('answers that come too late change nothing', () => {
    const open = play(['r', ...typed('5100'), 'tab', ...typed('5123')], world).view
    expect(answering(open, found('51', brief(1, 'init')))).toEqual(open)
    expect(answering(open, previewed(5100, 512))).toEqual(open)
    const closed = play(['escape'], world, open).view
    expect(answering(closed, previewed(5100, 5123))).toBe(closed)
    // a told preview is not valid for other pids
    const changed = play(['backspace'], world, answering(open, previewed(5100, 5123)))
    expect(commandsOf(play(['enter'], world, changed.view).effects)).toEqual([])
  })

  test('fits into the smallest terminal with its keys', () => {
    const open = play(['r', ...typed('5100')], world).view
    for (const [columns, rows] of [
      [40, 8],
      [60, 12],
      [80, 24]
    ] as const) {
      const lines = frameOf({ state, view: { ...open, size: { columns, rows } } })
      expect(lines.length).toBeLessThan(rows)
      expect(lines.join('\n')).toContain('Tab next')
    }
  })
})
