import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { driveRun } from '../helpers/driven-run.ts'
import { commandLineOf, isAtGate } from '../helpers/proc.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'

const commands = commandsOfTest()
const node = 'worker'

describe('stop and start', () => {
  test('30 times, and the budget is untouched', async () => {
    const { command, ask } = driveRun(commands, { worker: { command: ['sleep', '60'], respawn: { limit: 1, maxDelay: '0s' } } })
    await command.event('node-started', node)
    for (let turn = 1; turn <= 30; turn++) {
      await ask({ type: 'stop', node })
      await command.event('node-stopped', node, turn)
      await ask({ type: 'start', node })
      await command.event('node-started', node, turn + 1)
    }
    expect(command.of('budget-changed')).toEqual([])
    expect(command.of('receipt-closed', node)).toHaveLength(30)
    killIdentity(command.leader(node)) // negative control: this does use it
    await command.event('node-started', node, 32)
    expect(command.of('budget-changed').map((event) => event['budgetUses'])).toEqual([1])
  })

  test('a stop during the back-off wins; a start then does not wait for it', async () => {
    const { command, ask } = driveRun(commands, { worker: { command: [fixture('exit-with.sh'), '3'], respawn: { limit: 9, delay: '1h' } } })
    await command.event('node-backing-off', node)
    await ask({ type: 'stop', node })
    await command.event('node-stopped', node)
    expect(command.of('node-starting', node)).toHaveLength(1)
    await ask({ type: 'start', node })
    await command.event('node-exited', node, 2)
    await command.event('node-backing-off', node, 2)
    await ask({ type: 'restart', node })
    await command.event('node-exited', node, 3)
  })

  test('a stop right after a start, before the program runs, wins', async () => {
    const { command, ask, send } = driveRun(commands, { worker: { command: ['sleep', '60'] } })
    await command.event('node-started', node)
    await ask({ type: 'stop', node })
    await command.event('node-stopped', node)
    send({ type: 'start', node })
    await ask({ type: 'stop', node })
    await command.event('node-stopped', node, 2)
    expect(isAlive(command.leader(node))).toBe(false)
    expect(command.of('node-starting', node)).toHaveLength(2)
  })

  test('a stop right after a restart wins over the start that the restart would bring', async () => {
    const { command, ask, send } = driveRun(commands, { worker: { command: [fixture('exit-on-request.sh')] } })
    await command.line(node, /^ready/)
    send({ type: 'restart', node })
    await ask({ type: 'stop', node })
    const stopped = await command.event('node-stopped', node)
    expect(stopped['by']).toBe('command')
    // nothing comes behind it: a second start is answered and is the second life
    await ask({ type: 'start', node })
    expect((await command.event('node-started', node, 2))['incarnation']).toBe(2)
  })
})

describe('restart', () => {
  test('40 at once: never two lives at the same time, exactly one in the end', async () => {
    const made = commands.prepare()
    const lock = join(made.folder, 'lock')
    const { command, ask, send } = driveRun(commands, { worker: { command: [fixture('exclusive.sh'), lock] } })
    await command.line(node, /^ready/)
    for (let turn = 0; turn < 39; turn++) send({ type: 'restart', node })
    await ask({ type: 'restart', node })
    const leaders = () =>
      command.processes
        .alive()
        .filter(({ pid }) => commandLineOf(pid).includes(fixture('exclusive.sh')) && commandLineOf(pid).includes(lock) && !isAtGate(pid))
    await command.until(() => command.of('node-started', node).length >= 2 && isAlive(command.leader(node)), 'a second life')
    await command.line(node, /^ready/)
    expect(leaders()).toHaveLength(1)
    expect(
      command
        .of('output', node)
        .map((event) => event.message)
        .filter((line) => line.startsWith('double'))
    ).toEqual([])
    expect(command.of('budget-changed')).toEqual([])
    const order = command.story(node).filter((event) => event === 'node-started' || event === 'node-exited')
    expect(order.join(' ')).toMatch(/^node-started( node-exited node-started)+$/)
  })

  test('waits for the empty tree, and a member that ignores SIGTERM delays it', async () => {
    const { command, ask } = driveRun(commands, {
      worker: { command: [fixture('term-immune-child.sh')], stop: { commandedGrace: '500ms' } }
    })
    await command.line(node, /^ready/)
    const asked = await ask({ type: 'restart', node })
    expect(asked['ok']).toBe(true)
    const started = await command.event('node-started', node, 2)
    expect(started.mono - Number(command.of('node-stopping', node)[0]?.mono)).toBeGreaterThanOrEqual(500)
    expect(command.of('receipt-closed', node)[0]?.['reasonKind']).toBe('command')
  })
})

describe('other requests', () => {
  test('a process of a managed tree can be signalled by identity; any other is refused and untouched', async () => {
    const { command, ask } = driveRun(commands, { worker: { command: [fixture('report-usr1.py')] } })
    await command.line(node, /^ready/)
    const target = command.leader(node)
    expect((await ask({ type: 'signal', target, signal: 'SIGUSR1' }))['ok']).toBe(true)
    await command.line(node, /^got SIGUSR1/)
    const recycled = await ask({ type: 'signal', target: { ...target, startTime: target.startTime - 1 }, signal: 'SIGKILL' })
    expect(recycled['code']).toBe('not-managed')
    const stranger = command.processes.spawn('sleep', ['60'])
    const refused = await ask({ type: 'signal', target: { pid: stranger.pid ?? 0, startTime: 1 }, signal: 'SIGKILL' })
    expect(refused['code']).toBe('not-managed')
    expect(stranger.exitCode ?? stranger.signalCode).toBe(null)
    expect(isAlive(target)).toBe(true)
  })

  test('a limit that is edited acts at the next check, and the receipt names the edit', async () => {
    const { command, ask } = driveRun(commands, {
      watchdog: { interval: '200ms', delay: '0s' },
      worker: { command: [fixture('cpu-burner.sh')], limits: { cpu: '100%', latency: '200ms' }, respawn: { maxDelay: '0s' } }
    })
    await command.line(node, /^ready/)
    expect((await ask({ type: 'set-limit', node, field: 'cpu', value: 5 }))['ok']).toBe(true)
    const receipt = await command.event('receipt-closed', node)
    expect(receipt['reasonRule']).toBe('cpu')
    expect(receipt['reasonSourceKind']).toBe('hot-edit')
    expect((await ask({ type: 'set-limit', node, field: 'cpu', value: -1 }))['ok']).toBe(false)
  })

  test('answers come promptly while a bad command is tried without end', async () => {
    const { command, ask } = driveRun(commands, {
      worker: { command: ['sleep', '60'] },
      extensions: { bad: { command: ['/no/such/program'], respawn: { limit: 100_000, maxDelay: '0s' } } }
    })
    const tookMs: number[] = []
    while (command.of('node-start-failed', 'bad').length < 200) {
      const asked = performance.now()
      await ask({ type: 'reopen-logs' })
      tookMs.push(performance.now() - asked)
    }
    expect(tookMs.sort((a, b) => a - b)[tookMs.length >> 1]).toBeLessThan(100)
    expect(tookMs[Math.floor(tookMs.length * 0.9)]).toBeLessThan(500)
    await ask({ type: 'stop', node: 'bad' })
    await command.event('node-stopped', 'bad')
    expect(isAlive(command.leader(node))).toBe(true)
  })
})
