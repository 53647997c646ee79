import { describe, expect, test } from 'vitest'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { signalsOf } from '../helpers/logged.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'

const commands = commandsOfTest()
const stop = { commandedGrace: '700ms' }
const GRACE_MS = 700

/** The pids behind `ready` in a line of a fixture. */
async function ready(command: RunningCommand): Promise<number[]> {
  return (await command.line('worker', /^ready/)).split(' ').slice(1).map(Number)
}

function living(pid: number | undefined) {
  const identity = pid === undefined ? undefined : identityOf(pid)
  if (identity === undefined) throw new Error(`process ${pid} was expected to live`)
  return identity
}

describe('a stop that everything obeys', () => {
  test('one signal to the group reaches the child of a leader that ignores it', async () => {
    const command = commands.start({
      worker: { command: [fixture('usr1-in-child-only.sh')], stop: { signal: 'SIGUSR1', commandedGrace: '700ms' } }
    })
    await ready(command)
    const exit = command.stop()
    expect(await command.line('worker', /^child ended/)).toBe('child ended with 138') // 128 + SIGUSR1
    expect((await exit).code).toBe(0)
    const [receipt] = command.of('receipt-closed', 'worker')
    expect(receipt && signalsOf(receipt)[0]).toMatch(/^SIGUSR1 group \d+ sent$/)
    expect(receipt?.['exitSignal']).toBe('SIGKILL') // the leader, which ignored it
  })

  test('a stopped process sees SIGTERM, because SIGCONT follows it', async () => {
    const command = commands.start({ worker: { command: [fixture('exit-on-request.sh')], stop: { commandedGrace: '1h' } } })
    const [pid] = await ready(command)
    const leader = living(pid)
    killIdentity(leader, 'SIGSTOP')
    expect((await command.stop()).code).toBe(0)
    expect(command.of('receipt-closed', 'worker')[0]?.['exitCode']).toBe(0)
  })

  test('nothing is killed that ends by itself within the grace', async () => {
    const command = commands.start({ worker: { command: [fixture('exit-on-request.sh')], stop } })
    await ready(command)
    await command.stop()
    const [receipt] = command.of('receipt-closed', 'worker')
    expect(receipt && signalsOf(receipt)).toHaveLength(1)
    expect(receipt?.['survivors']).toEqual([])
  })
})

describe('a tree that does not want to end', () => {
  test('the leader ends, its TERM-immune child gets SIGKILL at the deadline, and only then the node is stopped', async () => {
    const command = commands.start({ worker: { command: [fixture('term-immune-child.sh')], stop } })
    const [, childPid] = await ready(command)
    const child = living(childPid)
    command.signal('SIGTERM')
    const exited = await command.event('node-exited', 'worker')
    expect(isAlive(child)).toBe(true) // negative control: it is immune
    const stopped = await command.event('node-stopped', 'worker')
    expect(isAlive(child)).toBe(false)
    expect(stopped.mono - exited.mono).toBeGreaterThan(GRACE_MS / 2)
    const [receipt] = command.of('receipt-closed', 'worker')
    expect(receipt && signalsOf(receipt).some((words) => words.startsWith('SIGKILL'))).toBe(true)
    expect(receipt?.['exitCode']).toBe(0)
    expect(receipt?.['durationMs']).toBeGreaterThanOrEqual(GRACE_MS)
    expect((await command.exit()).code).toBe(0)
  })

  test('an orphan in a session of its own that holds stdout is ended too, in bounded time', async () => {
    const command = commands.start({ worker: { command: [fixture('orphan-maker.py')], stop } })
    const [, orphanPid] = await ready(command)
    const orphan = living(orphanPid)
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    expect(isAlive(orphan)).toBe(false)
    const [receipt] = command.of('receipt-closed', 'worker')
    expect(receipt?.['treeSize']).toBe(2)
    expect(receipt?.['durationMs']).toBeLessThan(GRACE_MS + 2000)
  })

  test('what a leader leaves behind is ended before its next life, with a receipt that says so', async () => {
    const command = commands.start({
      worker: { command: [fixture('orphan-maker.py'), 'leave'], restart: 'always', stop: { grace: '300ms' }, respawn: { maxDelay: '0s' } }
    })
    const [, orphanPid] = await ready(command)
    const orphan = living(orphanPid)
    const starting = await command.event('node-starting', 'worker', 2)
    expect(isAlive(orphan)).toBe(false)
    const [receipt] = command.of('receipt-closed', 'worker')
    expect(receipt?.['reasonKind']).toBe('leftovers')
    expect(receipt?.['exitCode']).toBe(0)
    expect(receipt?.mono).toBeLessThanOrEqual(starting.mono)
  })

  test('one that floods its output and ignores SIGTERM gets SIGKILL on time', async () => {
    const command = commands.start({ worker: { command: [fixture('line-flood.py'), 'immune'], log: { echo: false }, stop } })
    await command.event('output-dropped', 'worker')
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    const [receipt] = command.of('receipt-closed', 'worker')
    expect(receipt?.['exitSignal']).toBe('SIGKILL')
    expect(receipt?.['durationMs']).toBeGreaterThanOrEqual(GRACE_MS)
    expect(receipt?.['durationMs']).toBeLessThan(GRACE_MS + 2000)
  })

  test('a storm of forks that ignore SIGTERM leaves nobody', async () => {
    const command = commands.start({ worker: { command: [fixture('fork-storm.py'), '20'], stop: { commandedGrace: '300ms' } } })
    await ready(command)
    await command.until(() => command.processes.alive().length > 3, 'the storm')
    expect((await command.stop()).code).toBe(0)
    expect(command.of('receipt-closed', 'worker')[0]?.['survivors']).toEqual([])
  })

  test('a second SIGTERM does not wait for the grace', async () => {
    const command = commands.start({ worker: { command: [fixture('ignore-sigterm.sh')], stop: { commandedGrace: '1h' } } })
    await ready(command)
    command.signal('SIGTERM')
    await command.event('node-stopping', 'worker')
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    expect(command.of('node-exited', 'worker')[0]?.['exitSignal']).toBe('SIGKILL')
  })
})
