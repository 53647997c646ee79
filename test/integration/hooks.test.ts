import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SupervisorEvent } from '../../src/core/events.ts'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'

const commands = commandsOfTest()
const burning = {
  watchdog: { interval: '200ms', delay: '0s' },
  worker: { command: [fixture('cpu-burner.sh')], respawn: { maxDelay: '0s' }, limits: { cpu: '5%', latency: '400ms' } }
}

describe('hooks', () => {
  test('before a limit stop: diagnostics of the process that still lives, kept in the receipt', async () => {
    const command = commands.start({
      ...burning,
      hooks: [
        {
          on: ['before-limit-stop'],
          command: 'pid=$(sed "s/.*\\"leader\\":{\\"pid\\":\\([0-9]*\\).*/\\1/"); echo "state $(cut -d" " -f3 /proc/$pid/stat)"'
        }
      ]
    })
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['diagnostics']).toBe('state R\n')
    const [ended] = command.of('hook-ended')
    expect(Number(ended?.mono)).toBeLessThan(receipt.mono)
    expect(ended?.['on']).toBe('before-limit-stop')
  })

  test('one that hangs is ended in time, and the stop goes on', async () => {
    const command = commands.start({
      ...burning,
      hooks: [{ on: ['before-limit-stop'], command: 'echo partial; sleep 60', timeout: '400ms' }]
    })
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['diagnostics']).toBe('partial\n')
    expect(command.of('hook-ended')[0]?.['failureCode']).toBe('timed-out')
    await command.event('node-started', 'worker', 2)
  })

  test('on a closed receipt: the whole event as JSON on stdin', async () => {
    const command = commands.start({
      ...burning,
      hooks: [{ on: ['receipt-closed'], command: 'cat > told.json.new; mv told.json.new told.json' }]
    })
    const receipt = await command.event('receipt-closed', 'worker')
    const file = `${command.folder}/told.json`
    await command.until(() => existsSync(file), 'what the hook wrote')
    const told = JSON.parse(readFileSync(file, 'utf8')) as Extract<SupervisorEvent, { type: 'receipt-closed' }>
    expect(told.type).toBe('receipt-closed')
    expect(told.receipt.id).toBe(receipt['receipt'])
    expect(told.receipt.window.length).toBeGreaterThan(1)
    expect(told.receipt.tree[0]?.pid).toBe(receipt['leaderPid'])
  })

  test('one that fails is told, and changes nothing', async () => {
    const command = commands.start({ worker: { command: ['sleep', '60'] }, hooks: [{ on: ['node-started'], command: ['no-such-hook'] }] })
    const ended = await command.event('hook-ended')
    expect(ended['failureCode']).toBe('ENOENT')
    expect((await command.stop()).code).toBe(0)
  })
})
