import { expect, test } from 'vitest'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { driveRun } from '../helpers/driven-run.ts'
import { childrenOf, isAtGate } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'

const commands = commandsOfTest()
const respawn = { maxDelay: '0s', limit: 100 }
const atGate = (command: RunningCommand): number[] => childrenOf(command.pid).filter(isAtGate)
const one = { command: ['sleep', '60'], respawn }

test('a respawn lets the process pass that waited at the gate', async () => {
  const command = commands.start({ worker: one })
  await command.event('node-started', 'worker')
  // one that is not ready when it is needed is not waited for
  for (let life = 1; life <= 20; life++) {
    const [spare] = await command.until(() => atGate(command).length === 1 && atGate(command), 'a spare')
    killIdentity(command.leader('worker'))
    await command.event('node-started', 'worker', life + 1)
    if (command.leader('worker').pid === spare) break
  }
  expect(command.of('node-started', 'worker').length).toBeLessThanOrEqual(20)
  expect((await command.stop()).code).toBe(0)
})

test('what a life starts is told to have started within it, however long its spare had waited', async () => {
  const command = commands.start({ worker: { ...one, command: ['sh', '-c', 'sleep 60 & wait'] } })
  await command.event('node-started', 'worker')
  await command.until(() => atGate(command).length === 1, 'a spare')
  killIdentity(command.leader('worker'))
  const told = await command.event('node-started', 'worker', 2)
  const [since, epoch] = [Date.parse(String(told['time'])), Number(told['epoch'])]
  const { pid } = command.leader('worker')
  const child = await command.until(() => childrenOf(pid)[0], 'a child')
  const startTime = identityOf(child)?.startTime ?? Number.NaN
  // clock ticks are 10 ms, and the wall clock may be set a little meanwhile
  expect(epoch + startTime * 10).toBeGreaterThan(since - 1000)
  expect(epoch + startTime * 10).toBeLessThan(Date.now() + 1000)
  expect((await command.stop()).code).toBe(0)
})

test('one for each node that runs; none for one that was stopped', async () => {
  const { command, ask } = driveRun(commands, { worker: one, extensions: { second: one } })
  for (const node of ['worker', 'second']) await command.event('node-started', node)
  await command.until(() => atGate(command).length === 2, 'two spares')
  await ask({ type: 'stop', node: 'second' })
  await command.event('node-stopped', 'second')
  await command.until(() => atGate(command).length === 1, 'one spare')
  await ask({ type: 'start', node: 'second' })
  await command.until(() => atGate(command).length === 2, 'two spares again')
  command.signal('SIGTERM')
  await command.event('shutdown-started')
  await command.exit()
})

test('killed with SIGKILL, the supervisor takes its spares along', async () => {
  const command = commands.start({ worker: { command: [fixture('ignore-sigterm.sh')], respawn } })
  await command.event('node-started', 'worker')
  await command.until(() => atGate(command).length === 1, 'a spare')
  const everything = command.processes.alive()
  command.signal('SIGKILL')
  await command.until(() => !everything.some(isAlive), 'the end of all', 3000)
  await command.exit()
})
