import { describe, expect, test } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { childrenOf, commandLineOf } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'
import { giveUpSpare } from '../helpers/spare.ts'

const commands = commandsOfTest()
const family = { command: [fixture('orphan-maker.py')], stop: { commandedGrace: '200ms' } }

describe('SIGTERM during start-up', () => {
  test.each(['supervisor-started', 'node-starting', 'node-started', 'node-ready', 'node-waiting'])(
    'at %s: it exits with 0 and nothing is left',
    async (moment) => {
      const command = commands.start({
        worker: family,
        extensions: { second: family, late: { ...family, after: ['slow'] }, slow: { command: ['sleep', '60'], ready: { line: 'never' } } }
      })
      await command.event(moment)
      expect(await command.stop()).toEqual({ code: 0, signal: null })
      expect(command.events.at(-1)?.event).toBe('supervisor-ended')
      // nothing is left: asserted for every run that has ended
    }
  )

  test('at 16 other moments of the first 300 ms: it exits, and nothing is left', async () => {
    const moments = Array.from({ length: 16 }, (_, index) => index * 20)
    for (let first = 0; first < moments.length; first += 4) {
      const batch = moments.slice(first, first + 4).map((ms) => {
        const command = commands.start({ worker: family, extensions: { second: family } })
        setTimeout(() => command.signal('SIGTERM'), ms)
        return command
      })
      const exits = await Promise.all(batch.map((command) => command.exit()))
      // before it listens, the signal itself ends it
      for (const { code, signal } of exits) expect(signal === 'SIGTERM' || code === 0).toBe(true)
    }
  })
})

describe('a second SIGTERM during a start', () => {
  test('that does not get on: its program is not run, and the end does not wait for it', async () => {
    const command = commands.start({ worker: { command: ['sleep', '60'], respawn: { delay: '0s', maxDelay: '0s' } } })
    await command.event('node-ready', 'worker')
    // as long as no guardian answers, the next start waits at its gate
    const guardian = await command.until(() => command.guardian(), 'the guardian')
    await giveUpSpare(command)
    killIdentity(guardian, 'SIGSTOP')
    killIdentity(command.leader('worker'))
    await command.event('node-starting', 'worker', 2)
    const gate = await command.until(() => gateOf(command), 'the gate')
    killIdentity(gate, 'SIGSTOP')
    await command.event('facility-changed') // the guardian was replaced: nothing but the gate is missing now
    command.signal('SIGTERM')
    await command.event('shutdown-started')
    expect(isAlive(gate)).toBe(true) // negative control: one SIGTERM does wait for it
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    expect(command.of('node-started', 'worker')).toHaveLength(1)
    expect(command.of('node-start-failed', 'worker').map((event) => event['failureCode'])).toEqual(['aborted'])
    expect(command.of('node-stopped', 'worker')).toHaveLength(1)
  })
})

/** The process that is to become the worker's program. */
function gateOf(command: RunningCommand): Identity | undefined {
  const pid = childrenOf(command.pid).find((child) => commandLineOf(child).includes('gate'))
  return pid === undefined ? undefined : identityOf(pid)
}

describe('the end of a run', () => {
  test('extensions go first, then the worker; the reason is the last line', async () => {
    const command = commands.start({
      worker: { command: [fixture('exit-on-request.sh')] },
      extensions: {
        slow: { command: [fixture('ignore-sigterm.sh')], stop: { commandedGrace: '300ms' } },
        quick: { command: ['sleep', '60'] }
      }
    })
    for (const node of ['worker', 'slow', 'quick']) await command.event('node-ready', node)
    await command.line('slow', /^ready/)
    expect((await command.stop()).code).toBe(0)
    const stopping = command.of('node-stopping', 'worker')[0]
    for (const node of ['slow', 'quick'])
      expect(Number(command.of('node-stopped', node)[0]?.mono)).toBeLessThanOrEqual(Number(stopping?.mono))
    expect(command.events.at(-1)?.message).toBe('ended with exit code 0: asked to by SIGTERM')
  })

  test('78 outranks the reason of a shutdown that is under way', async () => {
    const command = commands.start({
      ownMemoryLimit: '1MB', // found to be broken at the first check
      watchdog: { interval: '2s' },
      worker: { command: [fixture('ignore-sigterm.sh')], stop: { commandedGrace: '1h' } }
    })
    await command.line('worker', /^ready/)
    command.signal('SIGTERM')
    await command.event('self-unhealthy')
    expect(command.story().indexOf('shutdown-started')).toBeLessThan(command.story().indexOf('self-unhealthy'))
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(78)
    expect(command.of('shutdown-started')[0]?.['code']).toBe(0) // negative control: that was not why it began
    expect(command.events.at(-1)?.message).toMatch(/^ended with exit code 78: the supervisor itself uses \d+ MB, its limit is 1 MB$/)
  })

  test('a worker that exits with 78 ends it with 78, and the extensions with it', async () => {
    const command = commands.start({
      worker: { command: [fixture('exit-with.sh'), '78'], after: ['second'] },
      extensions: { second: { ...family, ready: { line: '^ready' } } }
    })
    expect((await command.exit()).code).toBe(78)
    expect(command.of('node-started', 'worker')).toHaveLength(1)
    expect(command.of('node-stopped', 'second')).toHaveLength(1)
  })

  test('what left its tree, with another session, parent and environment, is ended too', async () => {
    const command = commands.start({
      worker: {
        command: [
          'sh',
          '-c',
          'setsid env -u TSUPERVISE_TREE sh -c "(trap \\"\\" TERM; echo away \\$\\$; sleep 60) &" & wait; echo ready; sleep 60'
        ],
        stop: { commandedGrace: '200ms' }
      }
    })
    await command.line('worker', /^ready/)
    await command.line('worker', /^away/)
    expect((await command.stop()).code).toBe(0)
  })
})
