import { describe, expect, test } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { checks, numbers, signalsOf } from '../helpers/logged.ts'
import { isAlive } from '../helpers/processes.ts'

const commands = commandsOfTest()
const quick = { interval: '200ms', delay: '0s' }
const respawn = { maxDelay: '0s' }
const burner = fixture('cpu-burner.sh')
const MB = 2 ** 20

describe.each(['procfs', 'portable'])('limits of a whole tree, with the %s sampler', (sampler) => {
  const start = (configuration: object) => commands.start(configuration, ['--debug', '--sampler', sampler])

  test('a child that burns CPU for longer than the latency brings its tree down, with the arithmetic', async () => {
    const command = start({
      watchdog: quick,
      worker: { command: ['sh', '-c', `${burner} & wait`], respawn, limits: { cpu: '10%', latency: '600ms' } },
      // negative control: the same CPU within its latency
      extensions: { patient: { command: ['sh', '-c', `${burner} & wait`], limits: { cpu: '10%', latency: '1h' } } }
    })
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonArithmetic']).toMatch(
      /^CPU \d+ ms > \d+ ms = 10% x \d+ ms x [\d.]+ CPUs?, \d+ checks? in a row, [\d.]+ s >= 0\.6 s$/
    )
    expect(receipt['reasonSourceKind']).toBe('file')
    expect(receipt['treeSize']).toBe(2)
    expect(receipt['nextKind']).toBe('respawn')
    const [exceeded] = command.of('limit-exceeded', 'worker')
    expect(receipt.mono - Number(exceeded?.mono)).toBeGreaterThanOrEqual(400)
    await command.event('node-started', 'worker', 2)
    await command.event('limit-exceeded', 'patient')
    expect(command.of('node-stopping', 'patient')).toEqual([])
  })

  test('memory that grows beyond its limit brings the tree down at once; the receipt shows the growth', async () => {
    const command = start({
      watchdog: quick,
      worker: { command: ['sh', '-c', `${fixture('memory-growth.py')} 600; true`], respawn, limits: { memory: '100MB', cpu: '100%' } },
      // negative control: what does not grow is its own baseline
      extensions: { large: { command: [fixture('memory-hog.py'), '150'], limits: { memory: '100MB', cpu: '100%' }, delay: '1h' } }
    })
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonRule']).toBe('memory')
    const over = checks(command).filter((check) => check['entryMemoryOver'] === true)
    expect(numbers(over, 'entryMemoryLimitBytes')[0]).toBe(100 * MB)
    for (const check of over) {
      expect(Number(check['entryMemoryGrowthBytes'])).toBe(Number(check['entryMemoryBytes']) - Number(check['entryMemoryBaselineBytes']))
      expect(Number(check['entryMemoryGrowthBytes'])).toBeGreaterThan(100 * MB)
    }
    expect(over.length).toBe(sampler === 'procfs' ? 1 : 2) // where PSS cannot be read, two samples in a row
    await command.event('node-started', 'worker', 2)
  })
})

describe('the start-up delay', () => {
  test('nothing is stopped in it, though the exceeding is told with the seconds that are left', async () => {
    const command = commands.start({
      watchdog: { interval: '200ms', delay: '1500ms' },
      worker: { command: [burner], respawn, limits: { cpu: '5%', latency: '200ms' } },
      extensions: { early: { command: [burner], respawn, delay: '0s', limits: { cpu: '5%', latency: '200ms' } } } // negative control
    })
    const stopping = await command.event('node-stopping', 'worker')
    const [started] = command.of('node-started', 'worker')
    expect(stopping.mono - Number(started?.mono)).toBeGreaterThanOrEqual(1490)
    const exceeded = command.of('limit-exceeded', 'worker')[0]
    expect(exceeded?.['secondsLeft']).toBeGreaterThan(0.5)
    expect(exceeded?.['secondsLeft']).toBeLessThanOrEqual(1.5)
    expect(Number(command.of('node-stopping', 'early')[0]?.mono)).toBeLessThan(stopping.mono)
  })
})

describe('observing', () => {
  const worker = { command: [burner], respawn, limits: { cpu: '5%', latency: '400ms' } }

  test.each([
    ['a node that is only observed', { watchdog: quick, worker: { ...worker, observe: true } }, []],
    ['--dry-run', { watchdog: quick, worker }, ['--dry-run']]
  ])('%s: a receipt of what would have been done, and nothing is done', async (_name, configuration, args) => {
    const command = commands.start(configuration, ['--debug', ...args])
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['mode']).toBe('would-stop')
    expect(receipt['nextKind']).toBe('none')
    expect(signalsOf(receipt).at(-1)).toMatch(/^SIGTERM group \d+ would-send$/)
    await command.until(() => checks(command).filter((check) => check.mono > receipt.mono).length > 3, 'more checks')
    expect(isAlive(command.leader('worker'))).toBe(true)
    expect(command.of('receipt-closed', 'worker')).toHaveLength(1) // once for each exceeding, not at every check
    expect(command.of('node-stopping')).toEqual([])
    expect((await command.stop()).code).toBe(0)
  })
})

describe('--compat osquery', () => {
  const args = ['--compat', 'osquery', '--debug', '--watchdog-delay', '0', '--watchdog-max-delay', '0', '--watchdog-latency-limit', '1']

  test('measures and stops the leader alone: SIGUSR1 whatever it does with it', async () => {
    const command = commands.start({ watchdog: { interval: '300ms' }, worker: { command: [burner] } }, args)
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonArithmetic']).toMatch(/= 10% x 300 ms x \d+ CPUs?, 4 checks in a row/)
    expect(signalsOf(receipt)[0]).toMatch(/^SIGUSR1 leader \d+ sent$/)
    expect(receipt['exitSignal']).toBe('SIGUSR1')
    await command.event('node-started', 'worker', 2)
  })

  test('does not see what a child of the worker burns', async () => {
    const command = commands.start({ watchdog: { interval: '200ms' }, worker: { command: ['sh', '-c', `${burner} & wait`] } }, args)
    await command.until(() => checks(command).length > 9, 'ten checks')
    expect(command.of('limit-exceeded')).toEqual([])
    expect(Math.max(...numbers(checks(command), 'entryCpuUsedMs'))).toBeLessThan(40)
  })

  test('a worker that exits with 0 is started again like any other, until the counter is full: 1', async () => {
    const command = commands.start({ worker: { command: [fixture('exit-with.sh'), '0'] } }, args)
    expect((await command.exit()).code).toBe(1)
    expect(command.of('node-started', 'worker')).toHaveLength(5)
  })

  test('a worker that cannot be started ends the run', async () => {
    const command = commands.start({ worker: { command: ['no-such-program'] } }, args)
    expect((await command.exit()).code).toBe(1)
    expect(command.of('node-starting', 'worker')).toHaveLength(1)
  })
})
