import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'

const commands = commandsOfTest()
const atOnce = { maxDelay: '0s' }

describe.each(['procfs', 'portable'])('an end that nobody asked for, with the %s sampler', (sampler) => {
  test('a worker that is killed is started again, and uses one of its budget', async () => {
    const command = commands.start({ worker: { command: [fixture('exit-on-request.sh')], respawn: atOnce } }, ['--sampler', sampler])
    const first = await command.event('node-started', 'worker')
    killIdentity(command.leader('worker'))
    const second = await command.event('node-started', 'worker', 2)
    expect(second['leaderPid']).not.toBe(first['leaderPid'])
    expect(second['execId']).not.toBe(first['execId'])
    expect(command.of('node-exited', 'worker')[0]?.['exitSignal']).toBe('SIGKILL')
    expect(command.of('budget-changed', 'worker').map((event) => event['budgetUses'])).toEqual([1])
    expect((await command.stop()).code).toBe(0)
  })

  test('with a limit of 3, one that always fails is started 1 + 3 times; then the run ends with 1 and says why', async () => {
    const command = commands.start({ worker: { command: [fixture('exit-with.sh'), '3'], respawn: { ...atOnce, limit: 3 } } }, [
      '--sampler',
      sampler
    ])
    expect((await command.exit()).code).toBe(1)
    expect(command.of('node-started', 'worker')).toHaveLength(4)
    expect(command.events.at(-1)?.event).toBe('supervisor-ended')
    expect(command.events.at(-1)?.message).toMatch(/too many restarts of worker: 3 of 3 .*exited with 3/)
  })
})

describe('the restart policy', () => {
  test('an extension that used up its budget fails alone, the rest goes on', async () => {
    const command = commands.start({
      worker: { command: [fixture('exit-on-request.sh')] },
      extensions: { bad: { command: [fixture('exit-with.sh'), '3'], respawn: { ...atOnce, limit: 2, onExhausted: 'fail' } } }
    })
    await command.event('node-failed', 'bad')
    expect(command.of('node-started', 'bad')).toHaveLength(3)
    expect(isAlive(command.leader('worker'))).toBe(true)
    expect((await command.stop()).code).toBe(0)
  })

  test('a worker that succeeds ends the run with 0; an extension that does is started again', async () => {
    const command = commands.start({
      worker: { command: ['sh', '-c', 'until [ -e go ]; do sleep 0.02; done'] },
      extensions: { short: { command: [fixture('exit-with.sh'), '0'], respawn: { ...atOnce, limit: 1000 } } }
    })
    await command.event('node-started', 'short', 3)
    expect(command.of('supervisor-ended')).toHaveLength(0)
    command.file('go', '')
    expect((await command.exit()).code).toBe(0)
  })

  test('a program that cannot be run uses the budget like any other failure, and is named', async () => {
    const command = commands.start({ worker: { command: ['no-such-program'], respawn: { ...atOnce, limit: 2 } } })
    expect((await command.exit()).code).toBe(1)
    const failed = command.of('node-start-failed', 'worker')
    expect(failed.map((event) => event['failureCode'])).toEqual(['ENOENT', 'ENOENT', 'ENOENT'])
    expect(failed[0]?.message).toContain('there is no program "no-such-program" in PATH')
  })
})

describe('a budget with a window', () => {
  test('ends further apart than the window allows never use it up', async () => {
    const flapping = { command: [fixture('run-then-fail.sh'), '0.4'] }
    const command = commands.start({
      worker: { ...flapping, respawn: { ...atOnce, limit: 3, window: '1s' } },
      // negative control: the same, counted within a window that holds all of it
      extensions: { counted: { ...flapping, respawn: { ...atOnce, limit: 3, window: '1h', onExhausted: 'fail' } } }
    })
    await command.event('node-started', 'worker', 7)
    await command.event('node-failed', 'counted')
    expect(command.of('node-started', 'counted')).toHaveLength(4)
    expect(Math.max(...command.of('budget-changed', 'worker').map((event) => Number(event['budgetUses'])))).toBeLessThanOrEqual(3)
    expect((await command.stop()).code).toBe(0)
  })

  test('a glitch of seconds is outlasted by the back-off, whose reason is shown', async () => {
    const command = commands.prepare()
    const file = join(command.folder, 'repaired')
    const broken = { command: [fixture('fail-until.sh'), file] }
    const configuration = {
      name: 'glitch',
      worker: { ...broken, respawn: { limit: 4, delay: '0s' } },
      // negative control: without back-off the budget is gone before the glitch is over
      extensions: { hasty: { ...broken, respawn: { ...atOnce, limit: 4, onExhausted: 'fail' } } }
    }
    command.launch(['--no-ui', '--config', command.file('tsupervise.json', JSON.stringify(configuration))])
    await command.event('node-failed', 'hasty')
    const waiting = await command.event('node-backing-off', 'worker')
    expect(waiting['delayMs']).toBeGreaterThanOrEqual(2000)
    expect(waiting.message).toMatch(/back-off, starts again in 2.* budget 3 of 4 left/)
    expect(command.of('node-exited', 'worker')[0]?.['exitCode']).toBe(3)
    writeFileSync(file, '')
    await command.line('worker', /^ready/)
    const again = command.of('node-starting', 'worker')[1]
    expect(Number(again?.mono) - waiting.mono).toBeGreaterThanOrEqual(Number(waiting['delayMs']) - 5)
    expect((await command.stop()).code).toBe(0)
  })

  test('50 kills in a row: each is followed by a back-off and one life, and the budget is exact', async () => {
    const command = commands.start({
      worker: { command: ['sleep', '60'], respawn: { limit: 50, maxDelay: '20ms' } }
    })
    for (let life = 1; life <= 50; life++) {
      await command.event('node-started', 'worker', life)
      killIdentity(command.leader('worker'))
    }
    await command.event('node-started', 'worker', 51)
    expect(command.of('node-backing-off', 'worker').map((event) => event['delayMs'])).toEqual(Array(50).fill(20))
    expect(command.of('budget-changed', 'worker').at(-1)?.['budgetUses']).toBe(50)
    killIdentity(command.leader('worker'))
    expect((await command.exit()).code).toBe(1)
  })
})
