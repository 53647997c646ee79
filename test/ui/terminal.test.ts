import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openPty, type Pty } from '../helpers/pty.ts'
import { bundleInterface } from '../helpers/ui-bundle.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/** Any sequence that sets colours or attributes. */
const SGR = /\x1b\[[\d;]*m/

let bundle: Awaited<ReturnType<typeof bundleInterface>>
let folder: string
const open: Pty[] = []

beforeAll(async () => {
  bundle = await bundleInterface()
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-ui-'))
})
afterEach(async () => {
  for (const pty of open.splice(0)) {
    pty.close()
    await pty.ended
  }
})
afterAll(async () => {
  await bundle.remove()
  rmSync(folder, { recursive: true })
})

async function start(environment: Readonly<Record<string, string>> = {}, columns = 120, rows = 40): Promise<Pty> {
  const pty = openPty({
    command: process.execPath,
    args: [bundle.file],
    columns,
    rows,
    env: { ...process.env, NO_COLOR: undefined, CI: '1', LC_ALL: 'C.UTF-8', FREEZE: '1', ...environment }
  })
  open.push(pty)
  await pty.waitFor((text) => text.includes('q quit'), 'the first frame')
  return pty
}

const bare = (pty: Pty) => ({ alternate: pty.screen.alternate, cursor: pty.screen.cursorVisible, paste: pty.screen.modes.bracketedPaste })
const CLEAN = { alternate: false, cursor: true, paste: false }

test('takes the alternate screen, and gives the terminal back as it was', async () => {
  const pty = await start()
  expect(bare(pty)).toEqual({ alternate: true, cursor: false, paste: true })
  pty.type('q')
  await pty.waitFor((text) => text.includes('keep running without the screen'), 'the question')
  pty.type('\r')
  expect(await pty.ended).toMatchObject({ code: 3 })
  expect(bare(pty)).toEqual(CLEAN)
  expect(pty.screen.text().trim()).toBe('quit stop')
})

test('a signal and a crash give the terminal back too', async () => {
  const stopped = await start()
  stopped.signal('SIGTERM')
  await stopped.ended
  expect(bare(stopped)).toEqual(CLEAN)
  const crashed = await start()
  crashed.signal('SIGUSR2')
  expect((await crashed.ended).code).not.toBe(0)
  expect(bare(crashed)).toEqual(CLEAN)
  expect(crashed.screen.text()).toContain('a crash for the test')
})

test('every key that moves draws, also those that Ink does not know', async () => {
  const pty = await start()
  pty.type('\x1b[B')
  await pty.waitFor((text) => /›\s+└─ node server\.js/.test(text), 'the row below')
  pty.type('\x1b[20~')
  await pty.waitFor((text) => text.includes('Send a signal'), 'F9')
  pty.type('\x1b')
  await pty.waitFor((text) => !text.includes('Send a signal'), 'a lone escape')
  pty.type('\x1bOP')
  await pty.waitFor((text) => text.includes('send a signal to the process'), 'F1')
})

test('draws nothing while nothing visible changes, and changed lines only when something does', async () => {
  const still = await start()
  const moving = await start({ FREEZE: '0' })
  await moving.waitFor((text) => /\d\/12s/.test(text), 'a counter')
  const [before, began] = [still.output().length, moving.output().length]
  const seconds = 3
  const until = performance.now() + seconds * 1000
  await waitUntil(() => performance.now() > until, 'three seconds of both screens')
  expect(still.output().length - before).toBe(0)
  const drawn = moving.output().slice(began)
  expect(drawn.length).toBeGreaterThan(0)
  expect(drawn.length / seconds).toBeLessThan(2500)
  expect(drawn).not.toContain('\x1b[2J')
  expect(moving.screen.text()).toContain('extension indexer')
})

test('follows the size of the terminal, without leftovers', async () => {
  const pty = await start()
  for (const [columns, rows] of [
    [80, 24],
    [50, 8],
    [100, 30],
    [60, 12],
    [130, 45]
  ] as const) {
    const fresh = await start({}, columns, rows)
    pty.resize(columns, rows)
    await pty.waitFor((text) => text === fresh.screen.text(), `${columns}x${rows} as if it had started so:\n${fresh.screen.text()}\n`)
  }
})

test('redraws what something else wrote over it', async () => {
  const pty = await start()
  const clean = pty.screen.text()
  await pty.screen.write('\x1b[5;1Hgarbage by somebody else\r\nmore\n\n')
  expect(pty.screen.text()).not.toBe(clean)
  pty.type('\x0c')
  await pty.waitFor((text) => text === clean, 'the screen as it was')
})

test('pasted text never acts as keys', async () => {
  const pty = await start({ SENT: join(folder, 'paste') })
  pty.type('\x1b[200~xyq\r\x03\x03\x1b[201~')
  pty.type('\x1b[B')
  await pty.waitFor((text) => /›\s+└─ node server\.js/.test(text), 'the key after the paste')
  expect(pty.screen.text()).not.toMatch(/Stop api|Quit/)
  pty.type('qk')
  await pty.ended
  expect(JSON.parse(readFileSync(join(folder, 'paste'), 'utf8'))).toEqual({ sent: [], message: 'quit keep-running' })
})

test('Ctrl-C asks, Ctrl-C again stops everything', async () => {
  const pty = await start({ SENT: join(folder, 'ctrl-c') })
  pty.type('\x03')
  await pty.waitFor((text) => text.includes('stop everything'), 'the question')
  pty.type('\x03')
  expect(await pty.ended).toMatchObject({ code: 3 })
  expect(JSON.parse(readFileSync(join(folder, 'ctrl-c'), 'utf8')).sent).toEqual([{ type: 'shutdown', force: false, by: 'keyboard' }])
})

test('Ctrl-Z gives the terminal back, and the screen returns as it was', async () => {
  const pty = await start()
  pty.type('\x1b[B')
  await pty.waitFor((text) => /›\s+└─ node server\.js/.test(text), 'a selection')
  const before = pty.screen.text()
  pty.type('\x1a')
  await pty.waitFor((text) => text.includes('suspended') && !pty.screen.alternate, 'the primary screen')
  expect(bare(pty)).toEqual(CLEAN)
  await pty.waitFor((text) => text === before && pty.screen.alternate, 'the screen again')
  pty.type('\x1b[A')
  await pty.waitFor((text) => /›▾ worker/.test(text), 'keys again')
})

test('a terminal that hangs up is no exception', async () => {
  const pty = await start({ SENT: join(folder, 'hang-up'), FREEZE: '0' })
  pty.hangUp()
  const told = await waitUntil(() => {
    try {
      return JSON.parse(readFileSync(join(folder, 'hang-up'), 'utf8')) as { message: string }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }, 'the interface to notice that its terminal is gone')
  expect(told.message).toBe('hang-up')
  expect((await pty.ended).code).toBe(5)
})

describe('what the terminal cannot do is not used', () => {
  test('no colours: NO_COLOR', async () => {
    const plain = await start({ NO_COLOR: '1' })
    expect(plain.output()).not.toMatch(SGR)
    const colored = await start()
    expect(colored.output()).toMatch(SGR)
  })

  test('no UTF-8: the locale', async () => {
    const pty = await start({ LC_ALL: 'C' })
    expect(pty.screen.text()).toMatch(/^[\x20-\x7e\n]*$/)
    expect(pty.screen.text()).toContain('[##.] 3s')
  })
})

test('1,000 events a second: the screen shows the newest once a second, and answers keys at once', async () => {
  const pty = await start({ FREEZE: '0', EVENTS: '1000' })
  await pty.waitFor((text) => /storm \d{4}/.test(text), 'the storm')
  const newest = (): number => Math.max(...[...pty.screen.text().matchAll(/storm (\d+)/g)].map((match) => Number(match[1])))
  const before = newest()
  await pty.waitFor(() => newest() > before + 1500, 'newer ones')
  const began = performance.now()
  pty.type('?')
  await pty.waitFor((text) => text.includes('── help'), 'the help')
  expect(performance.now() - began).toBeLessThan(1000)
  const written = pty.output().length
  const until = performance.now() + 2000
  await waitUntil(() => performance.now() > until, 'two seconds')
  expect(pty.output().length - written).toBeLessThan(4000)
})

test('the refresh of 30 restless processes takes less than a kilobyte', async () => {
  const pty = await start({ FREEZE: '0', PROCESSES: '30', RESTLESS: '30' })
  await pty.waitFor((text) => / 3\d\.\d /.test(text), 'figures')
  const [before, began] = [Buffer.byteLength(pty.output()), performance.now()]
  await waitUntil(() => performance.now() > began + 5000, 'five seconds')
  const bytes = (Buffer.byteLength(pty.output()) - before) / 5
  expect(bytes).toBeGreaterThan(100)
  expect(bytes).toBeLessThan(1000)
})

test('5,000 processes scroll as fast as 50', async () => {
  const many = await start({ PROCESSES: '5000' })
  const began = performance.now()
  many.type('G')
  await many.waitFor((text) => text.includes('5004 of 5004'), 'the last row')
  for (let page = 0; page < 20; page++) many.type('\x1b[5~')
  await many.waitFor((text) => text.includes('4524 of 5004'), 'twenty pages up')
  expect(performance.now() - began).toBeLessThan(5000)
})
