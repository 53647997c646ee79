// The real interface over a life without a supervisor, on a display that is not there, for an hour of its own clock;
// writes a line of JSON (HourMark) for each ten minutes. For node --expose-gc, bundled by hour.ts.
import { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { getHeapSpaceStatistics } from 'node:v8'
import { keepYoungSmall } from '../../src/core/young-memory.ts'
import { startInterface } from '../../src/ui/start.tsx'
import type { Display, Keyboard } from '../../src/ui/terminal.ts'
import { FakeClock } from '../../test/helpers/fake-clock.ts'
import { createRandom } from '../harness/random.ts'
import { createLife } from './life.ts'

/** How it stands after so many minutes. */
export interface HourMark {
  readonly minute: number
  /** As it is, with what Node has not collected yet: much, since an hour of garbage comes within a minute. */
  readonly residentBytes: number
  /** Of it what V8 has set aside for young objects, mostly empty. */
  readonly youngBytes: number
  /** In use after a full collection: what the program holds. */
  readonly heapBytes: number
  /** Since the start. */
  readonly keys: number
  readonly writes: number
  readonly bytes: number
}

const MINUTES = Number(process.env['MINUTES'] ?? 60)
const MARK_MINUTES = 10
/** A second has so many moments at which somebody may press keys. */
const MOMENTS = 10
const KEYS_SHARE = 0.3

const [ESC, UP, DOWN, LEFT, RIGHT, PAGE_UP, PAGE_DOWN, F6] = [
  '\x1b',
  '\x1b[A',
  '\x1b[B',
  '\x1b[D',
  '\x1b[C',
  '\x1b[5~',
  '\x1b[6~',
  '\x1b[17~'
]

/** What somebody does at a screen: each ends where it began, so that all of them come about again and again. */
const MOVES = [[DOWN], [DOWN], [DOWN], [UP], [UP], [PAGE_DOWN], [PAGE_UP], ['g'], ['G']]
const ERRANDS = [
  ['\r', DOWN, DOWN, UP, ESC],
  ['L', PAGE_UP, 'W', 'G', ESC],
  ['v', DOWN, '\r', PAGE_DOWN, ESC, ESC],
  ['?', PAGE_DOWN, ESC],
  ['i', ESC],
  ['c', ESC],
  [LEFT, RIGHT],
  ['-', '+'],
  ['*', '*'],
  ['\\', ...'process-10', '\r', DOWN, ESC],
  ['\\', ...'user:0', '\r', DOWN, ESC],
  ['/', ...'process', '\r', 'n', 'N', ESC],
  ['P', 'M', 'T', 'I', 'I'],
  [F6, DOWN, ESC],
  ['t', 't'],
  ['Z', DOWN, 'Z'],
  [' ', DOWN, ' ', 'U'],
  ['k', DOWN, ESC],
  ['e', '5', ESC],
  ['[', ESC],
  ['x', ESC],
  [':', ...'stop', ESC],
  ['r', ...'12', ESC],
  ['q', ESC],
  ['F', 'F'],
  ['y'],
  ['\x0c']
]

/** A keyboard whose keys are typed by this program. */
function createKeyboard(): { readonly stdin: Keyboard; type(key: string): void } {
  const stdin = Object.assign(new EventEmitter(), {
    setEncoding: () => stdin,
    setRawMode: () => stdin,
    resume: () => stdin,
    pause: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
    isTTY: true
  })
  return { stdin: stdin as unknown as Keyboard, type: (key) => void stdin.emit('data', key) }
}

const written = { writes: 0, bytes: 0 }
const stdout = Object.assign(new EventEmitter(), {
  columns: 120,
  rows: 40,
  isTTY: true,
  write(bytes: string, done?: () => void): boolean {
    written.writes++
    written.bytes += Buffer.byteLength(bytes)
    if (done !== undefined) setImmediate(done)
    return true
  }
})
const resize = (columns: number, rows: number): void => {
  Object.assign(stdout, { columns, rows })
  stdout.emit('resize')
}

const clock = new FakeClock()
keepYoungSmall(clock)
const random = createRandom(7)
const life = createLife(clock, random)
const { stdin, type } = createKeyboard()
const screen = startInterface({
  session: life.session,
  clock,
  stdin,
  stdout: stdout as unknown as Display,
  environment: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
  onQuit: () => undefined,
  onHangup: (detail) => {
    throw new Error(detail)
  }
})

let keys = 0
let pending: string[] = []
/** The next key of what is being done, or of something else. */
function nextKey(): string {
  if (pending.length === 0) {
    const all = random() < 0.5 ? MOVES : ERRANDS
    pending = [...(all[Math.floor(random() * all.length)] ?? [])]
  }
  keys++
  return pending.shift() ?? DOWN
}

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 3; turns++) await turn()
}

const { gc } = globalThis
if (gc === undefined) throw new Error('needs node --expose-gc')

for (let second = 1; second <= MINUTES * 60; second++) {
  life.second()
  for (let moment = 0; moment < MOMENTS; moment++) {
    clock.advance(1000 / MOMENTS)
    if (random() < KEYS_SHARE) type(nextKey())
    await settled()
  }
  if (second % 300 === 150) resize(80, 24)
  if (second % 300 === 160) resize(120, 40)
  if (second % (MARK_MINUTES * 60) !== 0 && second !== 60) continue
  const residentBytes = process.memoryUsage.rss()
  const youngBytes = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  gc()
  const mark: HourMark = { minute: second / 60, residentBytes, youngBytes, heapBytes: process.memoryUsage().heapUsed, keys, ...written }
  process.stdout.write(`${JSON.stringify(mark)}\n`)
}
await screen.close()
process.exit()
