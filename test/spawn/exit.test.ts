import { constants } from 'node:os'
import { afterAll, expect, test } from 'vitest'
import { fixture } from '../helpers/node-settings.ts'
import { Spawning } from '../helpers/spawning.ts'

const spawning = new Spawning()
afterAll(() => spawning.cleanUp())

const exitOf = async (argv: readonly string[]) => {
  const { child, exit } = await spawning.run({ argv })
  const status = await exit
  child.close()
  return status
}

test('scenario 1: every exit code is reported as it is', async () => {
  const codes = Array.from({ length: 256 }, (_, code) => code)
  const seen: (number | undefined)[] = []
  for (let first = 0; first < codes.length; first += 8) {
    const exits = await Promise.all(codes.slice(first, first + 8).map((code) => exitOf([fixture('exit-with.sh'), String(code)])))
    seen.push(...exits.map(({ code, signal }) => (signal === undefined ? code : -1)))
  }
  expect(seen).toEqual(codes)
})

// those that do not end a process, or stop it
const HARMLESS = new Set(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'])
const names = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]))

test('scenario 2: the end by every signal is named', async () => {
  const deadly = [...names].filter(([, name]) => !HARMLESS.has(name))
  expect(deadly.length).toBeGreaterThan(20)
  for (const [number] of deadly) {
    const exit = await exitOf([fixture('signal-self.py'), String(number)])
    expect(exit.code).toBeUndefined()
    expect(exit.signal && constants.signals[exit.signal]).toBe(number)
    expect(exit.oomKilled).toBe(false)
  }
})

test('an exit is told to whoever asks later, and once to each', async () => {
  const { child, exit } = await spawning.run({ argv: ['sh', '-c', 'exit 7'] })
  await exit
  const told: unknown[] = []
  child.onExit((status) => told.push(status.code))
  await new Promise((resolve) => child.onExit(resolve))
  expect(told).toEqual([7])
})

test('the exit does not wait for a grandchild that holds stdout open', async () => {
  const { child, exit, line } = await spawning.run({ argv: [fixture('orphan-maker.py'), 'leave'] })
  const [, , orphan] = await line('ready')
  expect((await exit).code).toBe(0)
  expect(spawning.processes.alive().map(({ pid }) => pid)).toEqual([Number(orphan)])
  child.close()
})
