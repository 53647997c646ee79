import { describe, expect, test } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { signalsOf } from '../helpers/logged.ts'

const commands = commandsOfTest()
const quick = { interval: '200ms', delay: '0s' }
const respawn = { maxDelay: '0s' }
const burner = fixture('cpu-burner.sh')

describe('the warning before a limit stop', () => {
  const stopped = async (program: string[], stop: object = {}) => {
    const command = commands.start({
      watchdog: quick,
      worker: { command: ['sh', '-c', `${burner} & exec "$@"`, 'sh', ...program], respawn, stop, limits: { cpu: '5%', latency: '400ms' } }
    })
    return { command, receipt: await command.event('receipt-closed', 'worker') }
  }

  test('goes to a leader that catches SIGUSR1, and to it alone', async () => {
    const { command, receipt } = await stopped([fixture('report-warning.sh')])
    expect(signalsOf(receipt)[0]).toMatch(/^SIGUSR1 leader \d+ sent$/)
    expect(command.of('output', 'worker').map((event) => event.message)).toEqual(expect.arrayContaining(['got USR1', 'got TERM']))
    expect(receipt['exitCode']).toBe(143)
  })

  test('is left out, with the reason, for one that does not catch it, which therefore ends by SIGTERM', async () => {
    const { receipt } = await stopped(['sleep', '60'])
    expect(signalsOf(receipt)[0]).toMatch(/^SIGUSR1 leader \d+ left-out: it does not catch the signal, which would end it$/)
    expect(receipt['exitSignal']).toBe('SIGTERM')
  })

  test('negative control: asked for expressly, it is sent and ends that program', async () => {
    const { receipt } = await stopped(['sleep', '60'], { warnSignal: 'SIGUSR1' })
    expect(receipt['exitSignal']).toBe('SIGUSR1')
  })

  test('is left out for Node, whose debugger it would open', async () => {
    const { command, receipt } = await stopped([process.execPath, '-e', 'setInterval(() => {}, 1000)'])
    expect(signalsOf(receipt)[0]).toMatch(/^SIGUSR1 leader \d+ left-out: .*would open its debugger$/)
    expect(command.of('output', 'worker').some((event) => /debugger/i.test(event.message))).toBe(false)
  })
})
