import { describe, expect, test } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { driveRun } from '../helpers/driven-run.ts'
import { signalsOf } from '../helpers/logged.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'

const commands = commandsOfTest()
const watchdog = { interval: '200ms', delay: '0s' }
const node = 'worker'
const leaving = (code: number) => ({
  command: [fixture('leave-behind.py'), String(code)],
  respawn: { delay: '0s', maxDelay: '0s' },
  stop: { grace: '100ms', commandedGrace: '100ms' }
})

/** What the first leader left behind, once it is known to be only observed. */
async function leftBehind(command: RunningCommand): Promise<Identity> {
  const pid = Number((await command.line(node, /^left/)).split(' ')[1])
  expect((await command.event('node-stuck', node))['because']).toBe('observed')
  const left = identityOf(pid)
  if (left === undefined) throw new Error(`${pid} was expected to live`)
  return left
}

/** The signals that it got. */
const got = (command: RunningCommand): string[] =>
  command
    .of('output', node)
    .map((event) => event.message)
    .filter((line) => line.startsWith('got '))

describe('what an observed leader leaves behind', () => {
  test.each([
    ['a node that is only observed', { watchdog, worker: { ...leaving(3), observe: true } }, []],
    ['--dry-run', { watchdog, worker: leaving(3) }, ['--dry-run']]
  ])('%s: is told in a receipt and left alone, and nothing is started beside it', async (_name, configuration, args) => {
    const command = commands.start(configuration, ['--debug', ...args])
    const left = await leftBehind(command)
    const receipts = command.of('receipt-closed', node)
    expect(receipts.map((receipt) => [receipt['mode'], receipt['reasonKind'], receipt['nextKind']])).toEqual([
      ['would-stop', 'leftovers', 'none']
    ])
    expect(receipts[0] && signalsOf(receipts[0])).toEqual([expect.stringMatching(/^SIGTERM group \d+ would-send$/)])
    const told = command.events.length
    await command.until(() => command.events.slice(told).filter(({ event }) => event === 'refreshed').length > 3, 'more looks')
    expect([got(command), isAlive(left), command.of('node-starting', node).length]).toEqual([[], true, 1])
    command.signal('SIGUSR1') // is for the worker, but there is none
    killIdentity(left) // as if it had ended by itself
    await command.event('node-started', node, 2)
    expect(command.of('node-exited', node)[0]?.['exitCode']).toBe(3)
    // what the second leader leaves behind is ended with the run, which a person asks for
    await command.event('node-stuck', node, 2)
    expect((await command.stop()).code).toBe(0)
    expect(got(command)).toContain('got SIGTERM')
    expect(command.of('signalled')).toEqual([])
  })

  test('is ended when a person asks for a restart, and only then the next life begins', async () => {
    const { command, ask } = driveRun(commands, { watchdog, worker: { ...leaving(3), observe: true } })
    const left = await leftBehind(command)
    await ask({ type: 'restart', node })
    const starting = await command.event('node-starting', node, 2)
    expect(isAlive(left)).toBe(false)
    const receipt = await command.event('receipt-closed', node, 2)
    expect([receipt['mode'], receipt['reasonKind'], receipt['exitCode']]).toEqual(['stopped', 'command', 3])
    expect(receipt.mono).toBeLessThanOrEqual(starting.mono)
    // the restart was asked for, the end of the life before was not: it has used budget
    expect(command.of('budget-changed', node).at(-1)?.['budgetUses']).toBe(1)
  })

  test('is ended when the node is not only observed any more', async () => {
    const { command, ask } = driveRun(commands, { watchdog, worker: { ...leaving(3), observe: true } })
    const left = await leftBehind(command)
    await ask({ type: 'observe', node, observe: false })
    const receipt = await command.event('receipt-closed', node, 2)
    expect([receipt['mode'], receipt['reasonKind'], isAlive(left)]).toEqual(['stopped', 'leftovers', false])
  })

  test('is ended with the run that its exit ends, whose code it does not change', async () => {
    const command = commands.start({ watchdog, worker: leaving(78) }, ['--dry-run'])
    expect((await command.exit()).code).toBe(78)
    expect(command.of('receipt-closed', node).map((receipt) => [receipt['mode'], receipt['reasonKind']])).toEqual([
      ['would-stop', 'leftovers'],
      ['stopped', 'shutdown']
    ])
    // nothing is left: asserted for every run that has ended
  })
})
