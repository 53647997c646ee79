import { describe, expect, test } from 'vitest'
import type { LoggedEvent, RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { killIdentity } from '../helpers/processes.ts'
import { hasRedis } from './programs.ts'
import { ask, benchmark, fill, redisCommand } from './redis.ts'

const MB = 2 ** 20
const commands = commandsOfTest()
const respawn = { delay: '0s', maxDelay: '0s', minUptime: '0s' }

/** redis-server as the worker, once it answers. */
async function startRedis(limits: object): Promise<RunningCommand> {
  const command = commands.prepare()
  const configuration = {
    name: 'cache',
    watchdog: { interval: '200ms', delay: '0s' },
    worker: {
      name: 'redis',
      command: redisCommand(command.folder),
      limits: { cpu: '100%', latency: '1h', ...limits },
      respawn,
      ready: { line: 'ready to accept connections at' }
    }
  }
  command.launch(['--no-ui', '--log-format', 'json', '--debug', '--config', command.file('cache.json', JSON.stringify(configuration))])
  await command.event('node-ready', 'redis')
  await afterBaseline(command)
  return command
}

const checks = (command: RunningCommand): LoggedEvent[] => command.of('checked', 'redis')

/** Two checks after the newest start: the first of a life takes the baseline. */
async function afterBaseline(command: RunningCommand): Promise<void> {
  const start = Number(command.of('node-started', 'redis').at(-1)?.mono)
  await command.until(() => checks(command).filter((check) => check.mono > start + 300).length >= 2, 'the baseline')
}

const signalsOf = (receipt: LoggedEvent): string[] => (receipt['signals'] as string[]).map((words) => words.slice(words.indexOf(' ') + 1))

describe.skipIf(!hasRedis)('redis-server as the worker (skipped without redis-server and redis-benchmark)', () => {
  test('under load within its limits it is left alone; killed, it is there again and answers', async () => {
    const command = await startRedis({ memory: '300MB' })
    expect(await benchmark(command.folder, command.processes, 5000)).toBe(0)
    expect(command.of('limit-exceeded')).toEqual([])

    const first = command.leader('redis')
    killIdentity(first)
    const exited = await command.event('node-exited', 'redis')
    expect(exited['exitSignal']).toBe('SIGKILL')
    await command.event('node-ready', 'redis', 2)
    expect(command.leader('redis').pid).not.toBe(first.pid)
    expect(await ask(command.folder, 'PING')).toBe('+PONG')
    expect((await command.stop()).code).toBe(0)
  })

  test('BGSAVE: the fork shares its memory and is not taken for twice the memory', async () => {
    const command = await startRedis({ memory: '200MB' })
    expect(await fill(command.folder, 0, 130)).toContain('OK')
    // each key is written slowly, so that the fork lives through several checks
    expect(await ask(command.folder, 'CONFIG', 'SET', 'rdb-key-save-delay', '15000')).toBe('+OK')
    const before = checks(command).length
    expect(await ask(command.folder, 'BGSAVE')).toBe('+Background saving started')
    const suspicious = (): LoggedEvent[] =>
      checks(command)
        .slice(before)
        .filter((check) => check['entryMemoryMeasure'] === 'pss')
    await command.until(() => suspicious().length >= 3, 'checks that the sum of RSS made suspicious')
    for (const check of suspicious()) {
      expect(check['entryMemoryOver']).toBe(false)
      expect(Number(check['entryMemoryGrowthBytes'])).toBeLessThan(170 * MB)
    }
    await command.until(
      async () => /rdb_bgsave_in_progress:0/.test((await ask(command.folder, 'INFO', 'persistence')) ?? ''),
      'the saved file'
    )
    expect(await ask(command.folder, 'INFO', 'persistence')).toContain('rdb_last_bgsave_status:ok')
    expect(command.of('receipt-opened')).toEqual([])

    // negative control: the same growth, of its own memory
    await fill(command.folder, 130, 130)
    expect((await command.event('receipt-closed', 'redis'))['reasonRule']).toBe('memory')
  })

  test('filled beyond its memory limit it is stopped, and the receipt says all of it', async () => {
    const command = await startRedis({ memory: '64MB' })
    const first = command.leader('redis')
    await fill(command.folder, 0, 100)
    const receipt = await command.event('receipt-closed', 'redis')

    const arithmetic = /^memory ([\d.]+) MB \([RP]SS\) - ([\d.]+) MB baseline = ([\d.]+) MB > 64 MB$/
    expect(receipt['reasonArithmetic']).toMatch(arithmetic)
    const [now = 0, baseline = 0, growth = 0] = (arithmetic.exec(String(receipt['reasonArithmetic'])) ?? []).slice(1).map(Number)
    expect(growth).toBeGreaterThan(64)
    expect(Math.abs(now - baseline - growth)).toBeLessThan(0.2)

    expect(receipt['reasonSourceKind']).toBe('file')
    expect(receipt['leaderPid']).toBe(first.pid)
    expect(receipt['treeSize']).toBe(1)
    expect((receipt['tree'] as string[])[0]).toMatch(new RegExp(`^${first.pid} ppid ${command.pid} . rss \\d+ cpu \\d+ ms .*redis-server`))
    expect(signalsOf(receipt)).toContain(`SIGTERM group ${first.pid} sent`)
    expect(receipt['exitCode']).toBe(0)
    expect(receipt['survivors']).toEqual([])
    expect(receipt['nextKind']).toBe('respawn')

    await command.event('node-ready', 'redis', 2)
    expect(await ask(command.folder, 'DBSIZE')).toBe(':0')
  })
})
