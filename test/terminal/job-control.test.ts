import { afterEach, expect, test } from 'vitest'
import { COMMAND, RunningCommand } from '../helpers/command.ts'
import { childrenOf } from '../helpers/proc.ts'
import { openPty, type Pty } from '../helpers/pty.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose()
})

/** A shell with job control, in a terminal of its own. */
function shell(made: RunningCommand, columns: number, rows: number) {
  const pty = openPty({
    command: 'bash',
    args: ['--norc', '-i'],
    columns,
    rows,
    cwd: made.folder,
    env: {
      ...made.processes.environment,
      TSUPERVISE_STATE_DIR: made.stateFolder,
      TSUPERVISE_CONTROL_SOCKET: 'none',
      XDG_CONFIG_HOME: `${made.folder}/config`,
      PS1: 'prompt> ',
      CI: undefined,
      LC_ALL: 'C.UTF-8'
    }
  })
  open.push(async () => {
    pty.close()
    await made.dispose()
  })
  const shows = (text: string) => pty.waitFor((screen) => screen.includes(text), text)
  return { pty, shows }
}

const SLEEPER = { worker: { name: 'api', command: ['sleep', '1001'] } }

const isAtPrompt = (pty: Pty) => (text: string) => /Stopped.*prompt>/s.test(text) && !pty.screen.alternate

test('the terminal is resized while the shell has it: in the foreground again the screen has the new size', async () => {
  const made = new RunningCommand()
  const file = made.file('tsupervise.json', JSON.stringify({ name: 'jobs', ...SLEEPER }))
  const { pty, shows } = shell(made, 100, 30)
  await shows('prompt>')
  pty.type(`${process.execPath} ${COMMAND} --config ${file}\r`)
  await shows('q quit')
  await shows('sleep 1001')
  pty.type('\\100')
  await shows('Filter: 100')
  pty.type('\x1a')
  await pty.waitFor(isAtPrompt(pty), 'the prompt')
  pty.resize(70, 16)
  pty.type('fg\r')
  await pty.waitFor(() => pty.screen.alternate, 'the screen again')
  await shows('Filter: 100')
  // of the whole screen: nothing is wrapped, nothing is left over
  await pty.waitFor((text) => text.split('\n').at(-2)?.startsWith(' Filter: 100') === true, 'the field in the last line but one')
  const lines = pty.screen.lines()
  expect(lines[0]).toMatch(/^ tsupervise /)
  expect(lines[1]).toMatch(/^ NAME .*BUDGET/)
  expect(lines.filter((line) => line.includes('── events'))).toHaveLength(1)
  expect(lines.filter((line) => line.includes('sleep 1001'))).toHaveLength(1)
  pty.type('\x1b')
  await shows('q quit')
  pty.type('\x03')
  await shows('keep running without the screen')
  pty.type('s')
  await pty.waitFor(() => !pty.screen.alternate, 'the prompt at the end')
})

test('an attached screen that somebody else stopped takes keys and draws whole again in the foreground', async () => {
  const made = RunningCommand.start(SLEEPER, ['--control-socket', 'control.sock'])
  const { pty, shows } = shell(made, 80, 24)
  await shows('prompt>')
  await made.event('control-opened')
  pty.type(`${process.execPath} ${COMMAND} attach ${made.folder}/control.sock\r`)
  await shows('sleep 1001')
  const [client] = await waitUntil(() => {
    const children = childrenOf(pty.pid)
    return children.length === 1 ? children : undefined
  }, 'the client')
  if (client === undefined) throw new Error('no client')
  process.kill(client, 'SIGSTOP')
  await shows('Stopped')
  pty.type('fg\r')
  await pty.waitFor((text) => text.includes('sleep 1001') && !text.includes('Stopped') && !text.includes('fg'), 'the whole screen')
  pty.type('?')
  await shows('── help')
  pty.type('q')
  await pty.waitFor(() => !pty.screen.alternate, 'the prompt')
})
