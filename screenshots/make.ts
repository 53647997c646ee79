// The pictures of the documentation, from real sessions of the built command: nothing in them is made by hand.
// `npm run screenshots`; with names as arguments only those. Takes about two minutes, because the example needs them to misbehave.
import { constants, copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPty, type Pty } from '../test/helpers/pty.ts'
import { drawPng, drawSvg } from './draw.ts'

const root = new URL('..', import.meta.url).pathname
const wanted = new Set(process.argv.slice(2))
const PATIENCE_MS = 120_000

/** A latency counter that runs: seconds over, of those allowed, then what is left. */
const COUNTING = /[1-9]\d*\/\d+s .*\d+s/
const STOPPED = /stopped: /

const ESC = '\x1b'
const DOWN = '\x1b[B'

interface Session {
  readonly columns: number
  readonly rows: number
  readonly environment: Readonly<Record<string, string>>
  /** Takes its pictures; the command is ended afterwards. */
  play(pty: Pty, shoot: (name: string) => Promise<void>): Promise<void>
}

const sessions: Readonly<Record<string, Session>> = {
  'tree detail receipt limits signal help': {
    columns: 120,
    rows: 40,
    environment: {},
    async play(pty, shoot) {
      await pty.waitFor((text) => STOPPED.test(text) && COUNTING.test(text), 'a stop in the past and a counter that runs', PATIENCE_MS)
      await shoot('tree')
      await selectNode(pty, 'indexer')
      await press(pty, '\r', 'LIMITS')
      await shoot('detail')
      await press(pty, ESC, 'events')
      await press(pty, 'v', 'receipts')
      await press(pty, '\r', 'WHAT HAPPENED')
      await shoot('receipt')
      pty.type(ESC)
      await press(pty, ESC, 'events')
      await selectNode(pty, 'shipper')
      pty.type('e5M')
      await pty.waitFor((text) => text.includes('would be stopped'), 'a preview that warns', PATIENCE_MS)
      await shoot('limits')
      await press(pty, ESC, 'e limits')
      await selectNode(pty, 'api')
      await press(pty, 'k', 'Send a signal')
      await shoot('signal')
      await press(pty, ESC, 'k signal')
      await press(pty, '?', '── help')
      await shoot('help')
    }
  },
  small: {
    columns: 80,
    rows: 24,
    environment: {},
    async play(pty, shoot) {
      await pty.waitFor((text) => COUNTING.test(text), 'a counter that runs', PATIENCE_MS)
      await shoot('small')
    }
  },
  plain: {
    columns: 100,
    rows: 30,
    environment: { NO_COLOR: '1' },
    async play(pty, shoot) {
      await pty.waitFor((text) => COUNTING.test(text), 'a counter that runs', PATIENCE_MS)
      await shoot('plain')
    }
  }
}

/** Types, and waits for what the keys bring onto the screen. */
async function press(pty: Pty, keys: string, brings: string): Promise<void> {
  pty.type(keys)
  await pty.waitFor((text) => text.includes(brings), `${brings} after ${JSON.stringify(keys)}`)
}

/** Moves from the top to the row of a node. */
async function selectNode(pty: Pty, node: string): Promise<void> {
  const selected = () => pty.screen.lines().find((line) => line.startsWith('›')) ?? ''
  pty.type('g')
  await pty.waitFor(() => /worker/.test(selected()), 'the first row')
  for (let row = 0; row < 30 && !new RegExp(`(worker|extension) +${node}`).test(selected()); row++) {
    const before = selected()
    pty.type(DOWN)
    await pty.waitFor(() => selected() !== before, 'the next row')
  }
}

/** The built package in a folder that belongs to nobody, so that no picture shows where it was made. */
function install(): { readonly folder: string; readonly node: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-'))
  for (const part of ['bin', 'dist', 'examples', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const node = join(folder, 'bin', 'node')
  copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE)
  return { folder, node }
}

/** A frame comes in several writes: the picture is taken when two looks in a row saw the same. */
async function settled(pty: Pty): Promise<void> {
  let before = ''
  for (let same = 0; same < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    const now = pty.screen.lines().join('\n')
    same = now === before ? same + 1 : 0
    before = now
  }
}

async function record(session: Session, { folder, node }: ReturnType<typeof install>): Promise<void> {
  const { columns, rows, environment } = session
  const pty = openPty({
    command: node,
    args: ['bin/tsupervise.js', '--config', 'examples/demo.yaml'],
    columns,
    rows,
    cwd: folder,
    env: {
      ...process.env,
      NO_COLOR: undefined,
      LC_ALL: 'C.UTF-8',
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      XDG_STATE_HOME: join(folder, 'state'),
      ...environment
    }
  })
  try {
    await pty.waitFor((text) => text.includes('q quit'), 'the first frame')
    await session.play(pty, async (name) => {
      await settled(pty)
      writeFileSync(join(root, 'screenshots', `${name}.png`), drawPng(drawSvg(pty.screen)))
      console.log(`screenshots/${name}.png (${columns}x${rows})`)
    })
  } finally {
    // Ctrl-C asks, the second one means yes: everything that the example started ends with it
    pty.type('\x03')
    pty.type('\x03')
    await pty.ended
  }
}

const installed = install()
try {
  for (const [names, session] of Object.entries(sessions)) {
    if (wanted.size === 0 || names.split(' ').some((name) => wanted.has(name))) await record(session, installed)
  }
} finally {
  rmSync(installed.folder, { recursive: true })
}
