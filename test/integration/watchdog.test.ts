import { afterEach, describe, expect, test } from 'vitest'
import { RunningCommand } from '../helpers/command.ts'

let command: RunningCommand | undefined

afterEach(async () => {
  await command?.dispose()
  command = undefined
})

const BURN = 'while :; do :; done'
const quick = { interval: '200ms', delay: '0s' }
const respawn = { limit: 4, window: '1m', delay: '0s', maxDelay: '0s' }

describe('limits of a whole tree', () => {
  test('a child that burns CPU for longer than the latency brings its tree down, with the arithmetic', async () => {
    command = RunningCommand.start({
      watchdog: quick,
      worker: { command: ['sh', '-c', `sh -c '${BURN}' & wait`], respawn, limits: { cpu: 10, latency: '600ms' } }
    })
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt.message).toMatch(/CPU \d+ > \d+ ms \(10% x 0\.2 s x /)
    expect(command.of('limit-exceeded').length).toBeGreaterThanOrEqual(1)
    await command.event('node-started', 'worker', 2)
  })

  test('the same CPU within the latency does nothing', async () => {
    command = RunningCommand.start({
      watchdog: quick,
      worker: { command: ['sh', '-c', `sh -c '${BURN}' & wait`], respawn, limits: { cpu: 10, latency: '1h' } }
    })
    await command.event('limit-exceeded', 'worker')
    command.signal('SIGTERM')
    expect((await command.exit()).code).toBe(0)
    expect(command.of('receipt-closed').map((event) => event['reasonKind'])).not.toContain('limit')
  })
})
