import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { COMMAND, fixture } from '../helpers/command.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'
import { openPty } from '../helpers/pty.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { screensOfTest } from './on-screen.ts'

const start = screensOfTest()

const ESC = '\x1b'
const DOWN = `${ESC}[B`
const F6 = `${ESC}[17~`

/** A worker with two children, and an extension, all of which only sleep; only the children's commands hold their numbers. */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is the shell's
const SLEEPERS = {
  worker: { name: 'api', command: ['sh', '-c', 'x=100; sleep ${x}1 & sleep ${x}2 & wait'] },
  extensions: { log: { command: ['sleep', '1003'], respawn: { delay: '0s', limit: 20 } } }
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is the shell's

test('at 80x24: filter, search, sort, tags, help, each typed key seen', async () => {
  const screen = start(SLEEPERS)
  await screen.shows('sleep 1002')
  await screen.shows('sleep 1003')
  screen.type('\\1002')
  await screen.shows(/Filter: 1002/)
  await screen.pty.waitFor(
    (text) => text.includes('sleep 1002') && !text.includes('sleep 1001') && !text.includes('sleep 1003'),
    'only what was found'
  )
  screen.type('\r')
  await screen.shows('filter 1002')
  screen.type(ESC)
  await screen.shows('sleep 1001')
  screen.type('/kind:process 1003\r')
  await screen.shows(/›\s+└─ sleep 1003/)
  screen.type(F6)
  await screen.shows('Sort by')
  screen.type(`${DOWN}${DOWN}\r`)
  await screen.shows(/by memory/)
  expect(screen.pty.screen.lines()[1]).toContain('MEM▼')
  screen.type(' ')
  await screen.shows('1 tagged')
  screen.type('?')
  await screen.shows('── help')
  expect(screen.events('signalled')).toEqual([])
})

test('scenario 27: a process that is replaced under the open signal menu gets nothing, and the menu says so', async () => {
  const screen = start(SLEEPERS)
  await screen.shows('sleep 1003')
  screen.type('/log\rk')
  await screen.shows('Send a signal')
  const first = await screen.leader('log')
  await screen.shows(`pid ${first.pid}, started`)
  killIdentity(first)
  await screen.shows('has ended meanwhile', 10_000)
  await screen.shows('Nothing is sent.')
  await screen.event('node-started', 3)
  const second = await screen.leader('log')
  expect(second).not.toEqual(first)
  screen.type('\r\ry')
  screen.type(ESC)
  await screen.pty.waitFor((text) => !text.includes('Send a signal'), 'the menu closed')
  expect(isAlive(second)).toBe(true)
  expect(screen.events('signalled')).toEqual([])
  // negative control: the same keys on a process that stays do reach it
  await screen.shows(`${second.pid}`)
  screen.type('k')
  await screen.shows('Send a signal')
  await screen.shows(`pid ${second.pid}, started`)
  screen.type('\r')
  await waitUntil(() => !isAlive(second), `the end of ${second.pid}`)
})

test('a process that ends while its details are open', async () => {
  const screen = start(SLEEPERS)
  await screen.shows('sleep 1002')
  screen.type('/kind:process 1002\r')
  await screen.shows(/›\s+[├└]─ sleep 1002/)
  screen.type('\r')
  await screen.shows('PROCESS')
  const pid = Number(/pid +(\d+), parent/.exec(screen.pty.screen.text())?.[1])
  const child = identityOf(pid)
  if (child === undefined) throw new Error(`there is no ${pid}`)
  killIdentity(child)
  await screen.shows('has ended', 10_000)
  screen.type(ESC)
  await screen.shows(/sleep 1002 .* × +ended, \ds ago/, 10_000)
  await screen.pty.waitFor((text) => !text.includes('sleep 1002'), 'the row gone', 15_000)
})

test('the terminal is resized in the middle of typing', async () => {
  const screen = start(SLEEPERS)
  await screen.shows('sleep 1003')
  screen.type('\\10')
  await screen.shows('Filter: 10')
  screen.pty.resize(120, 40)
  screen.type('02')
  await screen.shows('Filter: 1002')
  screen.pty.resize(50, 10)
  await screen.shows('50x10: one line a node')
  screen.type('\x7f')
  await screen.shows('Filter: 100')
  screen.pty.resize(80, 24)
  await screen.shows('sleep 1002')
  expect(screen.pty.screen.lines()[0]).toContain('tsupervise')
  expect(screen.pty.screen.text().match(/Filter: 100/g)).toHaveLength(1)
})

test('a terminal that no longer reads holds nothing up; when it reads again it shows how things are then', async () => {
  const screen = start(SLEEPERS, { columns: 200, rows: 60 })
  await screen.shows('sleep 1003')
  const first = await screen.leader('log')
  screen.pty.stall()
  // a whole screen for each: far more than the kernel keeps for a terminal
  for (let count = 0; count < 100; count++) screen.type('\x0c')
  killIdentity(first)
  await screen.event('node-started', 3)
  const second = await screen.leader('log')
  expect(screen.pty.screen.text()).not.toContain(`${second.pid}`) // negative control: it does stand still
  screen.pty.goOn()
  await screen.shows(`respawned as ${second.pid}`)
  screen.type('?')
  await screen.shows('── help')
})

test('y copies the row to the clipboard of the terminal', async () => {
  const screen = start(SLEEPERS)
  await screen.shows('sleep 1003')
  screen.type('/kind:process 1003\ry')
  await screen.shows('copied: log ')
  const copied = await waitUntil(() => /\x1b\]52;c;([A-Za-z0-9+/=]+)\x07/.exec(screen.pty.output())?.[1], 'the sequence')
  expect(Buffer.from(copied, 'base64').toString()).toMatch(/^log \d+ sleep 1003$/)
})

describe('orphans', () => {
  needsOwnUid()

  test('registered by dialog with a look at what would happen, shown, ended when the parent dies', async () => {
    const screen = start(SLEEPERS)
    await screen.shows('sleep 1003')
    const parent = screen.processes.spawn('sleep', ['2001'], { stdio: 'ignore' })
    const child = screen.processes.spawn('sleep', ['2002'], { stdio: 'ignore' })
    const [parentId, childId] = [identityOf(parent.pid ?? 0), identityOf(child.pid ?? 0)]
    if (parentId === undefined || childId === undefined) throw new Error('they did not start')
    screen.type('r')
    await screen.shows('Register an orphan')
    screen.type(`${parentId.pid}`)
    await screen.shows('sleep 2001')
    screen.type('\t\x15sleep 2002')
    await screen.shows(new RegExp(`${childId.pid} uid`))
    screen.type('\t')
    await screen.shows(`${childId.pid}`)
    await screen.shows('would end', 10_000)
    screen.type('\r')
    await screen.shows(`${childId.pid} ends when ${parentId.pid} dies`)
    await screen.shows('1 registered, 1 parent')
    await screen.shows(new RegExp(`sleep 2002 +${childId.pid} ◆ parent ${parentId.pid} sleep 2001`), 10_000)
    killIdentity(parentId)
    await waitUntil(() => !isAlive(childId), 'the end of the child')
  })
})

test('a hang-up in the middle of a dialog; attach brings the screen back', async () => {
  const screen = start(SLEEPERS, {
    env: { TSUPERVISE_CONTROL_SOCKET: undefined, XDG_RUNTIME_DIR: undefined },
    args: ['--control-socket', 'control.sock']
  })
  await screen.shows('sleep 1003')
  const leader = await screen.leader('log')
  screen.type('/kind:process 1003\rk')
  await screen.shows('Send a signal')
  screen.pty.hangUp()
  await screen.event('interface-lost')
  expect(isAlive(leader)).toBe(true)
  const attached = openPty({
    command: process.execPath,
    args: [COMMAND, 'attach', `${screen.folder}/control.sock`],
    columns: 80,
    rows: 24,
    env: { ...process.env, NO_COLOR: '1', LC_ALL: 'C.UTF-8' }
  })
  try {
    await attached.waitFor((text) => text.includes('sleep 1003'), 'the tree')
    expect(attached.screen.text()).not.toContain('Send a signal')
    attached.type('q')
    expect((await attached.ended).code).toBe(0)
  } finally {
    attached.close()
  }
})

test('the configuration: keys of its own, the vim preset, a theme; and read only', async () => {
  const screen = start(
    { ...SLEEPERS, ui: { preset: 'vim', theme: 'monochrome', keys: { stop: ['X'] } } },
    { args: ['--read-only'], rows: 60 }
  )
  await screen.shows('sleep 1003')
  await screen.shows('read only')
  screen.type('j')
  await screen.shows(/›\s+[├└]─ sh -c/)
  screen.type('X')
  await screen.shows('read only: no commands are sent from here')
  screen.type('?')
  await screen.shows('K F9')
  expect(screen.pty.output()).not.toMatch(/\x1b\[[\d;]*\b(3\d|9\d)m/)
})

test('a key with two meanings: an error with line and column, and no screen', async () => {
  const screen = start({ ...SLEEPERS, ui: { keys: { stop: ['k'] } } })
  expect((await screen.pty.ended).code).toBe(2)
  expect(screen.pty.screen.text().replace(/\n/g, '')).toMatch(
    /tsupervise\.json:1:\d+: ui\.keys\.stop: the key k means signal in the tree already/
  )
  expect(screen.pty.output()).not.toContain('\x1b[?1049h')
})

test('for a screen reader: sentences on the primary screen', async () => {
  const screen = start(SLEEPERS, { args: ['--screen-reader'], columns: 100 })
  await screen.shows(/1 of \d: worker api, running, pid \d+/)
  expect(screen.pty.screen.alternate).toBe(false)
  await waitUntil(() => {
    screen.type('g')
    return /1 of [3-9]/.test(screen.pty.screen.text())
  }, 'the processes, which are not read out before somebody asks')
  screen.type('/kind:process 1003\r')
  await screen.shows(/process sleep 1003, of log, pid \d+/)
  screen.type('q')
  await screen.shows('Dialog: Quit')
  screen.type('s')
  expect((await screen.pty.ended).code).toBe(0)
  expect(screen.pty.screen.text()).toMatch(/ended with 0/)
})

test(':reload shows what would change before it does', async () => {
  const screen = start(SLEEPERS, { columns: 100 })
  await screen.shows('sleep 1003')
  const before = JSON.parse(readFileSync(screen.configuration, 'utf8'))
  writeFileSync(
    screen.configuration,
    JSON.stringify({ ...before, extensions: { log: { command: ['sleep', '1004'], respawn: { delay: '0s', limit: 20 } } } })
  )
  screen.type(':reload\r')
  await screen.shows('log is restarted')
  expect(screen.pty.screen.text()).toContain('sleep 1003 → sleep 1004')
  screen.type(ESC)
  await screen.pty.waitFor((text) => !text.includes('is restarted'), 'the dialog closed')
  expect(screen.pty.screen.text()).toContain('sleep 1003')
  screen.type(':reload\r')
  await screen.shows('log is restarted')
  screen.type('\r')
  await screen.shows('sleep 1004', 10_000)
})

test('a burner is seen in its sign and word, and in the counter that runs', async () => {
  const screen = start({
    watchdog: { interval: '1s', delay: '0s' },
    extensions: { burn: { command: [fixture('cpu-burner.sh')], limits: { cpu: '5%', latency: '60s' } } }
  })
  await screen.shows(/e burn .* ▲ .*[1-9]\d*\/60s/, 20_000)
})
