import fc from 'fast-check'
import { expect, test } from 'vitest'
import { success } from '../../src/core/errors.ts'
import type { Answer, Query } from '../../src/core/queries.ts'
import { startInterface } from '../../src/ui/start.tsx'
import { FakeClock } from '../helpers/fake-clock.ts'
import { createFakeSession, FAKE_DETAILS, fakePair, fakeProcess, fakeState } from '../helpers/fake-session.ts'
import { createFakeTerminal } from '../helpers/terminal.ts'

const ESC = '\x1b'
const bytes = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'j',
      'k',
      'x',
      'R',
      'e',
      'w',
      ':',
      '\\',
      '/',
      '?',
      'L',
      'v',
      'c',
      'i',
      'r',
      'u',
      'E',
      't',
      'P',
      'M',
      'I',
      'F',
      ' ',
      'U',
      'y',
      'n',
      '*',
      '-',
      '+'
    )
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '\r',
      ESC,
      '\t',
      '\x7f',
      '\x0c',
      `${ESC}[A`,
      `${ESC}[B`,
      `${ESC}[C`,
      `${ESC}[D`,
      `${ESC}[5~`,
      `${ESC}[6~`,
      `${ESC}OP`,
      `${ESC}[17~`
    )
  },
  { weight: 1, arbitrary: fc.constantFrom(`${ESC}[200~pasted\rq\x03${ESC}[201~`, `${ESC}[`, `${ESC}]52;c;`, '\x07') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) }
)
const step = fc.oneof(
  { weight: 8, arbitrary: bytes.map((text) => ({ kind: 'type', text }) as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'second' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      // the emulator knows no screen of one column
      columns: fc.integer({ min: 2, max: 130 }),
      rows: fc.integer({ min: 1, max: 40 })
    })
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'change' } as const) }
)

const ask = async <Q extends Query>(query: Q): Promise<Answer<Q>> => {
  const brief = { pid: 5100, startTime: 1, ppid: 1, uid: 0, comm: 'x', command: 'x' }
  const values = {
    'find-processes': [brief],
    'preview-pair': { parent: brief, child: brief, text: 'it would end', refused: true },
    'reload-difference': { changes: [], kept: [], ignored: [] },
    process: FAKE_DETAILS
  }
  return success(values[query.type as keyof typeof values]) as unknown as Answer<Q>
}

/** Ctrl-C and q lead out, which is another test. */
const withoutWayOut = (text: string): string => text.replace(/[\x03\x1aqsd]/g, '')

test('whatever is typed, what is on the screen is what would be drawn afresh, and the terminal is given back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new FakeClock()
      const orphans = { socket: undefined, armed: 1, acting: 0, parents: 1, refused: 0, pairs: [fakePair(5123, 5100)] }
      const session = createFakeSession(fakeState({ orphans }), undefined, ask)
      session.write('api', 'one', '\x1b[31mtwo', '漢字'.repeat(60), 'x'.repeat(5000))
      const terminal = createFakeTerminal()
      let isLeft = false
      const handle = startInterface({
        session,
        clock,
        stdin: terminal.stdin,
        stdout: terminal.stdout,
        environment: { LC_ALL: 'C.UTF-8' },
        onQuit: () => {
          isLeft = true
        },
        onHangup: (detail) => {
          throw new Error(detail)
        }
      })
      const settle = async () => {
        clock.advance(100)
        return await terminal.screen()
      }
      for (const one of steps) {
        if (one.kind === 'type') terminal.type(withoutWayOut(one.text))
        else if (one.kind === 'second') clock.advance(1000)
        else if (one.kind === 'resize') terminal.resize(one.columns, one.rows)
        else
          session.update((state) => {
            const api = state.nodes['api']
            const sample = api?.sample
            if (api === undefined || sample === undefined) return state
            const processes = [...sample.processes.slice(0, 1), fakeProcess(9000 + state.lastSeq, { ppid: 4211, command: '漢 new' })]
            return { ...state, lastSeq: state.lastSeq + 1, nodes: { ...state.nodes, api: { ...api, sample: { ...sample, processes } } } }
          })
        await settle()
      }
      const screen = await settle()
      expect([isLeft, screen.alternate, screen.cursorVisible, screen.modes.bracketedPaste, terminal.raw]).toEqual([
        false,
        true,
        false,
        true,
        true
      ])
      const seen = screen.lines().map((line) => line.trimEnd())
      const before = terminal.written().length
      // a change of size, to the same one, draws everything afresh
      terminal.resize(screen.columns, screen.rows)
      expect((await settle()).lines().map((line) => line.trimEnd())).toEqual(seen)
      if (screen.rows > 1 && screen.columns > 1) expect(terminal.written().length).toBeGreaterThan(before)
      await handle.close()
      const after = await terminal.screen()
      expect([after.alternate, after.cursorVisible, after.modes.bracketedPaste, terminal.raw]).toEqual([false, true, false, false])
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 60 }
  )
}, 120_000)
