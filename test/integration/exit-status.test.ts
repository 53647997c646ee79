import { constants, release } from 'node:os'
import { describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import { exitCodeWithWorker } from '../../src/run/exit-code.ts'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'

const commands = commandsOfTest()

const ending = (command: string[], exitWithWorker: boolean) => commands.start({ exitWithWorker, worker: { command, restart: 'never' } })

/** Whether the kernel tells how a process ended that was waited for. */
function tellsExit(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  return libc() !== undefined && (major > 6 || (major === 6 && minor >= 15))
}

const exitWith = (code: number) => [fixture('exit-with.sh'), String(code)]
const signalSelf = (number: number) => [fixture('signal-self.py'), String(number)]

describe('a worker that exits', () => {
  const CODES = [0, 1, 2, 77, 78, 126, 127, 128, 255]

  test('its code is the code of the run, exactly, with exitWithWorker', async () => {
    const runs = CODES.map((code) => ending(exitWith(code), true))
    const exits = await Promise.all(runs.map((run) => run.exit()))
    expect(exits.map(({ code }) => code)).toEqual(CODES)
    expect(runs.map((run) => run.of('node-exited', 'worker')[0]?.['exitCode'])).toEqual(CODES)
  })

  test('without it a failure is 1, success 0, and 78 stays 78', async () => {
    const runs = [0, 3, 78, 255].map((code) => ending(exitWith(code), false))
    const exits = await Promise.all(runs.map((run) => run.exit()))
    expect(exits.map(({ code }) => code)).toEqual([0, 1, 78, 1])
  })
})

describe('a run that fails while its worker is well', () => {
  const failing = { command: exitWith(3), respawn: { limit: 0 } }
  const well = { command: [fixture('exit-on-request.sh')] } // with 0, when the run that fails ends it

  test('has its own code, also with exitWithWorker', async () => {
    const run = commands.start({ exitWithWorker: true, worker: well, extensions: { failing: { ...failing, after: ['worker'] } } })
    expect((await run.exit()).code).toBe(1)
    expect(run.of('supervisor-ended')[0]?.message).toContain('too many restarts of failing')
  })

  test('and so has one whose worker ended well before, and waited for its next start', async () => {
    const worker = { command: exitWith(0), restart: 'always', respawn: { delay: '1h', maxDelay: '1h' } }
    const prepared = commands.prepare()
    const gone = { ...failing, command: ['sh', '-c', `until [ -e "$0" ]; do sleep 0.05; done; exit 3`, `${prepared.folder}/go`] }
    const run = commands.start({ exitWithWorker: true, worker, extensions: { gone } })
    await run.event('node-backing-off', 'worker')
    prepared.file('go', '')
    expect((await run.exit()).code).toBe(1)
  })

  test('negative control: asked to end, it has the code of the worker', async () => {
    const run = commands.start({ exitWithWorker: true, worker: { command: ['sleep', '60'] } })
    await run.event('node-started', 'worker')
    expect((await run.stop()).code).toBe(143)
  })
})

describe('the exit code with exitWithWorker', () => {
  const worker = (code: number | undefined, signal?: NodeJS.Signals) => ({ name: 'api', exit: { code, signal } })
  const end = (code: number, node?: string) => ({ code, reason: '', ...(node === undefined ? {} : { node }) })

  test.each([
    ['the worker ended the run', end(1, 'api'), worker(3), 3],
    ['by a signal', end(1, 'api'), worker(undefined, 'SIGSEGV'), 139],
    ['it could not be started again, and had ended well before', end(1, 'api'), worker(0), 1],
    ['it never ran', end(1, 'api'), { name: 'api', exit: undefined }, 1],
    ['there is none', end(1), undefined, 1],
    ['another node failed', end(1, 'indexer'), worker(0), 1],
    ['another node failed, and our own signal ended the worker', end(1, 'indexer'), worker(undefined, 'SIGTERM'), 1],
    ['something could not be stopped: that outranks the worker', end(78, 'api'), worker(3), 78],
    ['somebody asked for the end', end(0), worker(5), 5]
  ])('%s', (_name, run, last, code) => expect(exitCodeWithWorker(run, last)).toBe(code))
})

describe('a worker that dies by a signal', () => {
  const SIGNALS = (
    ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGKILL', 'SIGUSR1', 'SIGSEGV', 'SIGPIPE', 'SIGTERM', 'SIGSYS'] as const
  ).map((name) => ({ name, number: constants.signals[name] }))

  test('the run ends with 128 + n, and the signal is named', async () => {
    const runs = SIGNALS.map(({ number }) => ending(signalSelf(number), true))
    const exits = await Promise.all(runs.map((run) => run.exit()))
    expect(exits.map(({ code }) => code)).toEqual(SIGNALS.map(({ number }) => 128 + number))
    expect(runs.map((run) => run.of('node-exited', 'worker')[0]?.['exitSignal'])).toEqual(SIGNALS.map(({ name }) => name))
    expect(runs[4]?.of('supervisor-ended')[0]?.message).toContain('SIGKILL')
  })

  // PIDFD_GET_INFO tells the exit status since Linux 6.15; Node has no name for these signals and tells of exit code 0
  test.skipIf(!tellsExit())('that is a real-time one: neither a success, nor nameless (needs PIDFD_GET_INFO)', async () => {
    const runs = [32, 34, 37, 64].map((number) => ending(signalSelf(number), true))
    const exits = await Promise.all(runs.map((run) => run.exit()))
    const told = runs.map((run) => run.of('node-exited', 'worker')[0])
    expect(told.map((event) => event?.['exitSignal'])).toEqual(['SIG32', 'SIGRTMIN+0', 'SIGRTMIN+3', 'SIGRTMIN+30'])
    expect(told.map((event) => event?.['success'])).toEqual([false, false, false, false])
    expect(exits.map(({ code }) => code)).toEqual([160, 162, 165, 192])
    const respawned = commands.start({ worker: { command: signalSelf(34), restart: 'on-failure', respawn: { limit: 1, maxDelay: '0s' } } })
    expect((await respawned.exit()).code).toBe(1)
    expect(respawned.of('node-started')).toHaveLength(2)
  })
})
