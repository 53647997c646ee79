import { expect, test } from 'vitest'
import { screensOfTest } from './on-screen.ts'

const start = screensOfTest()

const ESC = '\x1b'
const RIGHT = `${ESC}[C`
const PAGE_UP = `${ESC}[5~`

/** Writes 300 lines, one of 60,000 characters among them, every tenth to stderr; then a line at a time when it is asked to by USR1. */
const WRITER = [
  'i=0; while [ $i -lt 300 ]; do',
  'case $i in',
  '120) printf "%060000d needle far right\\n" 0 ;;',
  '*0) echo "warning $i" >&2 ;;',
  '*) echo "request $i" ;;',
  'esac; i=$((i + 1)); done',
  "trap 'echo another request' USR1",
  'while :; do sleep 0.05; done'
].join('\n')

test('the output at 80x24: search as it is typed, on and back, streams, times, wrapped and cut lines', async () => {
  const screen = start({ worker: { name: 'api', command: ['sh', '-c', WRITER] } })
  const lines = () => screen.pty.screen.lines()
  const marked = () => lines().find((line) => line.startsWith('›')) ?? ''
  await screen.shows('api')
  screen.type('L')
  await screen.shows(/output of api ─.* 300 lines, following/)
  // the pipes of the two streams are read in any order
  screen.type('s')
  await screen.shows(/stdout of api ─.* 271 lines, following/)
  await screen.shows('request 299')

  screen.type('/')
  await screen.shows('Search: ')
  screen.type('REQUEST 29')
  await screen.shows("no match for 'REQUEST 29'")
  screen.type('\x15request 29')
  await screen.shows("match 1 of 10 for 'request 29'")
  expect(marked()).toContain('request 299')
  screen.type('\r')
  await screen.pty.waitFor((text) => !text.includes('Search: '), 'the prompt closed')
  screen.type('nn')
  await screen.shows("match 3 of 10 for 'request 29'")
  expect(marked()).toContain('request 297')
  screen.type('nnnnnnn')
  await screen.shows("match 10 of 10 for 'request 29'")
  expect(marked()).toMatch(/request 29\s*$/)
  screen.type('N')
  await screen.shows("match 9 of 10 for 'request 29'")

  // what is written meanwhile does not move what was found
  const before = lines().slice(2, 22)
  screen.type('k')
  await screen.shows('Send a signal')
  screen.type(`${`${ESC}[B`.repeat(5)}`)
  await screen.shows('› SIGUSR1')
  screen.type('\r')
  await screen.shows('SIGUSR1 sent')
  await screen.shows(/line \d+ of 272/)
  expect(lines().slice(2, 22)).toEqual(before)
  screen.type('G')
  await screen.shows('another request')

  screen.type('/needle')
  await screen.shows("match 1 of 1 for 'needle'")
  await screen.shows(/from column \d+/)
  expect(marked()).toMatch(/^›\d\d:\d\d:\d\d out ….*0 needle far right/)
  screen.type(ESC)
  await screen.pty.waitFor((text) => !text.includes('from column'), 'the view as it was')

  // Esc went back to the search before
  screen.type('s')
  await screen.shows(/stderr of api .* no match for 'request 29', 29 lines/)
  await screen.shows('warning 290')
  screen.type('t')
  await screen.shows(/^ \d\d:\d\d:\d\d\.\d\d\d err warning 290/m)
  screen.type('s')
  await screen.shows('both streams')

  // the long line alone fills many screens, all of which are reached
  screen.type('W/needle\r')
  await screen.shows(/0 needle far/)
  screen.type(PAGE_UP)
  await screen.pty.waitFor((text) => !text.includes('needle far'), 'a page up')
  expect(
    lines()
      .slice(2, 22)
      .every((line) => /^ {18}0{62}$/.test(line))
  ).toBe(true)
  screen.type('Wg')
  await screen.shows(/(request 1|warning 0)\s*$/m)
  screen.type(`G${RIGHT}`)
  await screen.shows(/output of api /)
  screen.type(`${ESC}`)
  await screen.pty.waitFor((text) => !text.includes('match 1 of 1'), 'the search taken away')
  screen.type(ESC)
  await screen.shows(/── events/)
})

test('the theme is changed at once by its name', async () => {
  const screen = start({ worker: { name: 'api', command: ['sleep', '1004'] } }, { env: { TERM: 'xterm-256color' } })
  await screen.shows('sleep 1004')
  const from = screen.pty.output().length
  screen.type(':theme mono')
  await screen.shows('theme-monochrome')
  screen.type('\r')
  await screen.shows('theme monochrome')
  const closed = screen.pty.output().length
  screen.type('\x0c') // redraws everything
  await screen.pty.waitFor(() => screen.pty.output().length > closed + 500, 'the whole screen again')
  const colours = (text: string) =>
    [...text.matchAll(/\x1b\[([\d;]*)m/g)].flatMap(([, codes = '']) => codes.split(';')).filter((code) => /^3[0-7]$/.test(code))
  expect(colours(screen.pty.output().slice(0, from)).length).toBeGreaterThan(0)
  expect(colours(screen.pty.output().slice(closed))).toEqual([])
})
