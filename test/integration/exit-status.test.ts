import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'

const commands = commandsOfTest()

const ending = (command: string[], exitWithWorker: boolean) => commands.start({ exitWithWorker, worker: { command, restart: 'never' } })

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
})
