import { describe, expect, test } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { checks, numbers } from '../helpers/logged.ts'
import { isAlive } from '../helpers/processes.ts'

const commands = commandsOfTest()
const quick = { interval: '200ms', delay: '0s' }
const respawn = { maxDelay: '0s' }
const MB = 2 ** 20

describe('what is counted', () => {
  /** Runs a family until its pages are taken and shared; its limit is 250 MB above a baseline of some MB. */
  const family = async (what: 'share' | 'write') => {
    const command = commands.prepare()
    const go = `${command.folder}/go`
    const configuration = {
      name: 'family',
      watchdog: { ...quick, interval: '150ms' },
      worker: { command: [fixture('sharing-family.py'), go, '150', what], limits: { memory: '250MB', cpu: '100%' }, respawn }
    }
    command.launch(['--no-ui', '--debug', '--config', command.file('tsupervise.json', JSON.stringify(configuration))])
    const started = await command.event('node-started', 'worker')
    await command.until(
      () => checks(command).some((check) => check.mono - started.mono > 300),
      'a check after the one that takes the baseline'
    )
    command.file('go', '')
    return command
  }

  test('150 MB that two forks share are 150 MB, although the sum of RSS is three times that', async () => {
    const command = await family('share')
    const settled = await command.until(
      () => checks(command).find((check) => check['entryMemoryMeasure'] === 'pss' && Number(check['entryMemoryGrowthBytes']) > 140 * MB),
      'a sum of PSS of all three'
    )
    expect(Number(settled['entryMemoryGrowthBytes'])).toBeLessThan(200 * MB)
    const sumOfRss = command.of('refreshed').map((event) => Number(/(\d+) MB 3 processes/.exec(event.message)?.[1] ?? 0))
    expect(Math.max(...sumOfRss)).toBeGreaterThan(400) // what a sum of RSS would have stopped it for
    await command.until(() => checks(command).filter((check) => check.mono > settled.mono).length > 4, 'more checks')
    expect(command.of('node-stopping')).toEqual([])
    expect(isAlive(command.leader('worker'))).toBe(true)
  })

  test('negative control: once the forks write to their pages, the same family is over its limit', async () => {
    const command = await family('write')
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonRule']).toBe('memory')
    expect(receipt['treeSize']).toBe(3)
    expect(Math.max(...numbers(checks(command), 'entryMemoryGrowthBytes'))).toBeGreaterThan(250 * MB)
  })

  test.each(['auto', 'subreaper'])(
    'containment %s: 1,000 children of 2 ms CPU are counted to within a twentieth of what the kernel says',
    async (containment) => {
      const command = commands.start(
        {
          watchdog: quick,
          worker: { command: [fixture('many-children.py'), '1000', '2'], containment, limits: { cpu: '100%', latency: '1h' } }
        },
        ['--debug']
      )
      const used = Number((await command.line('worker', /^used/)).split(' ')[1])
      const said = command.of('output', 'worker').at(-1)
      await command.until(() => checks(command).filter((check) => check.mono > Number(said?.mono)).length >= 2, 'two more checks')
      const counted = numbers(checks(command), 'entryCpuUsedMs').reduce((sum, ms) => sum + ms, 0)
      expect(used).toBeGreaterThan(2000)
      expect(counted / used).toBeGreaterThan(0.95)
      expect(counted / used).toBeLessThan(1.05)
    }
  )
})
