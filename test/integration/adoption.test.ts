import { chmodSync, chownSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { childrenOf } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity, statFields } from '../helpers/processes.ts'

const commands = commandsOfTest()
const respawn = { maxDelay: '0s', limit: 10 }

interface Service {
  readonly first: RunningCommand
  readonly leader: Identity
  readonly daemon: Identity
  /** The next supervisor of the same name. */
  next(worker?: object, more?: object, args?: readonly string[]): RunningCommand
  readonly record: string
}

function living(pid: number | undefined): Identity {
  const identity = pid === undefined ? undefined : identityOf(pid)
  if (identity === undefined) throw new Error(`process ${pid} was expected to live`)
  return identity
}

/** A service that is left, with its supervisor killed. */
async function leave(worker: object = {}, words: readonly string[] = []): Promise<Service> {
  const first = commands.prepare()
  const log = { file: join(first.folder, 'service.log') }
  const settings = { command: [fixture('leave-me.py'), ...words], cwd: '/', onSupervisorDeath: 'leave', log, respawn, ...worker }
  const configuration = (given: object, more: object): object => ({ name: 'test', worker: { ...settings, ...given }, ...more })
  const start = (command: RunningCommand, given: object, more: object, args: readonly string[]): RunningCommand => {
    const file = command.file('tsupervise.json', JSON.stringify(configuration(given, more)))
    command.launch(['--no-ui', '--log-format', 'json', '--config', file, ...args], { env: { TSUPERVISE_STATE_DIR: first.stateFolder } })
    return command
  }
  start(first, {}, {}, [])
  const [, pid, daemon] = (await first.line('worker', /^ready/)).split(' ').map(Number)
  const found = { leader: living(pid), daemon: living(daemon) }
  first.signal('SIGKILL')
  await first.exit()
  return {
    first,
    ...found,
    next: (given = {}, more = {}, args = []) => start(commands.prepare(), given, more, args),
    record: join(first.stateFolder, 'left-running.json')
  }
}

describe('onSupervisorDeath: leave', () => {
  test('needs files for the output, and a state folder', async () => {
    const without = commands.start({ worker: { command: ['true'], onSupervisorDeath: 'leave' } })
    expect((await without.exit()).code).toBe(2)
    expect(without.stderr).toMatch(/tsupervise\.json:1:\d+: worker: onSupervisorDeath leave needs log\.file/)
    const nowhere = commands.start({ worker: { command: ['true'], log: { file: 'a.log' } } }, [
      '--on-supervisor-death',
      'leave',
      '--state-dir',
      'none'
    ])
    expect((await nowhere.exit()).code).toBe(2)
    expect(nowhere.stderr).toContain('--on-supervisor-death: worker: onSupervisorDeath leave needs a stateDir')
  })

  test('what is left runs on and writes on while nobody supervises it; what is not left, ends', async () => {
    const first = commands.start({
      onSupervisorDeath: 'leave',
      worker: { command: [fixture('leave-me.py')], log: { file: 'service.log' } },
      extensions: { other: { command: [fixture('daemon-family.py')], onSupervisorDeath: 'stop' } }
    })
    const [, pid, daemon] = (await first.line('worker', /^ready/)).split(' ').map(Number)
    const others = (await first.line('other', /^ready/)).split(' ').slice(1).map(Number).map(living)
    const left = [living(pid), living(daemon)]
    first.signal('SIGKILL')
    await first.exit()
    await first.until(() => !others.some(isAlive), 'the end of what is not left', 3000)
    expect(left.every(isAlive)).toBe(true)
    killIdentity(living(pid), 'SIGUSR1')
    await first.until(() => readFileSync(join(first.folder, 'service.log'), 'utf8').endsWith('still here\n'), 'what it writes then')
    for (const identity of left) killIdentity(identity)
  })
})

describe('the next supervisor', () => {
  test.each(['procfs', 'portable'])('takes over what was left, sees its output and stops all of it (%s sampler)', async (sampler) => {
    const { leader, daemon, next, record } = await leave()
    const command = next({}, {}, ['--sampler', sampler])
    const started = await command.event('node-started', 'worker')
    expect(started).toMatchObject({ leaderPid: leader.pid, leaderStartTime: leader.startTime, incarnation: 1 })
    expect(started.message).toMatch(/^adopted, running since 2/)
    expect(statFields(leader.pid)?.ppid).not.toBe(command.pid)
    killIdentity(leader, 'SIGUSR1')
    await command.line('worker', /^still here$/)
    expect(statSync(record).mode & 0o777).toBe(0o600)
    expect((await command.stop()).code).toBe(0)
    expect([leader, daemon].filter(isAlive)).toEqual([])
    expect(() => statSync(record)).toThrow('ENOENT')
    expect(command.of('problem')).toEqual([])
  })

  test('notices the end of it, with its status, ends what is left of its tree and starts it again as its own child', async () => {
    const { leader, daemon, next } = await leave()
    const command = next()
    await command.event('node-started', 'worker')
    killIdentity(leader, 'SIGUSR2')
    const exited = await command.event('node-exited', 'worker')
    // a kernel without PIDFD_GET_INFO tells nobody but the parent
    expect([7, undefined]).toContain(exited['exitCode'])
    expect(Number(exited['uptimeMs'])).toBeGreaterThan(0)
    await command.event('node-started', 'worker', 2)
    expect(isAlive(daemon)).toBe(false)
    expect(command.of('node-started', 'worker')[1]).toMatchObject({ incarnation: 2 })
    expect(childrenOf(command.pid)).toContain(command.leader('worker').pid)
    expect((await command.stop()).code).toBe(0)
  })

  test('holds it to its limits', async () => {
    const { leader, next } = await leave({ limits: { cpu: '10%', latency: '400ms' } }, ['burn'])
    const command = next({}, { watchdog: { interval: '200ms', delay: '0s' } })
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt).toMatchObject({ reasonKind: 'limit', reasonRule: 'cpu', leaderPid: leader.pid })
    expect(isAlive(leader)).toBe(false)
    await command.event('node-started', 'worker', 2)
    await command.stop()
  })

  test('ends what is left of a tree whose leader ended meanwhile, and starts it again', async () => {
    const { leader, daemon, next } = await leave()
    killIdentity(leader)
    const command = next()
    await command.event('node-started', 'worker', 2)
    expect(isAlive(daemon)).toBe(false)
    expect(command.of('node-exited', 'worker')[0]?.message).toContain('status unknown')
    expect((await command.stop()).code).toBe(0)
  })

  test('starts it again when its settings were changed meanwhile', async () => {
    const { leader, next } = await leave()
    const command = next({ env: { CHANGED: 'yes' } })
    await command.event('node-started', 'worker', 2)
    expect(command.of('node-stopping', 'worker')[0]?.message).toContain('settings that were changed')
    expect(isAlive(leader)).toBe(false)
    await command.stop()
  })

  test('leaves it again', async () => {
    const { leader, next } = await leave()
    const second = next()
    await second.event('node-started', 'worker')
    second.signal('SIGKILL')
    await second.exit()
    const third = next()
    expect(await third.event('node-started', 'worker')).toMatchObject({ leaderPid: leader.pid, incarnation: 1 })
    await third.stop()
  })
})

describe('what does not match the record is not touched, and told', () => {
  const changes: readonly (readonly [string, { readonly node?: object; readonly record?: object }, RegExp])[] = [
    ['another user', { node: { uid: 4242 } }, /not taken over as worker: it runs as uid/],
    ['another cookie', { node: { cookie: 'f'.repeat(32) } }, /not taken over as worker: TSUPERVISE_TREE/],
    ['another name', { node: { node: 'former' } }, /former runs on as process/],
    ['another pid namespace', { record: { pidNamespace: 'pid:[1]' } }, /another pid namespace/],
    ['a supervisor that runs', { record: { supervisor: identityOf(process.pid) } }, /belongs to tsupervise/]
  ]

  test.each(changes)('%s', async (_, change, told) => {
    const { leader, daemon, next, record } = await leave()
    const kept = JSON.parse(readFileSync(record, 'utf8'))
    writeFileSync(record, JSON.stringify({ ...kept, nodes: [{ ...kept.nodes[0], ...change.node }], ...change.record }))
    const command = next()
    await command.event('node-started', 'worker')
    expect(
      command
        .of('problem')
        .map(({ message }) => message)
        .join('\n')
    ).toMatch(told)
    expect(command.leader('worker').pid).not.toBe(leader.pid)
    await command.stop()
    expect([leader, daemon].every(isAlive)).toBe(true)
    for (const identity of [leader, daemon]) killIdentity(identity)
  })

  test('scenario 24: a pid that belongs to another process by now, and a record of another boot', async () => {
    const { first, leader, daemon, next, record } = await leave()
    for (const identity of [leader, daemon]) killIdentity(identity)
    const stranger = first.processes.spawn('sleep', ['60'])
    const victim = living(stranger.pid)
    const kept = JSON.parse(readFileSync(record, 'utf8'))
    for (const forged of [
      { ...kept, nodes: [{ ...kept.nodes[0], leader: { pid: victim.pid, startTime: leader.startTime } }] },
      { ...kept, boot: 'another', nodes: [{ ...kept.nodes[0], leader: victim }] }
    ]) {
      writeFileSync(record, JSON.stringify(forged))
      const command = next()
      await command.event('node-started', 'worker')
      expect(command.leader('worker').pid).not.toBe(victim.pid)
      await command.stop()
      expect(isAlive(victim)).toBe(true)
    }
    killIdentity(victim)
  })

  test('a cgroup in the record that the process is not in is not killed', async () => {
    const { first, leader, next, record } = await leave({ containment: 'subreaper' })
    const stranger = living(first.processes.spawn('sleep', ['60']).pid)
    const kept = JSON.parse(readFileSync(record, 'utf8'))
    const mine = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
    writeFileSync(record, JSON.stringify({ ...kept, nodes: [{ ...kept.nodes[0], cgroup: `/sys/fs/cgroup${mine}` }] }))
    const command = next({ containment: 'subreaper' })
    const started = await command.event('node-started', 'worker')
    expect(started['leaderPid']).toBe(leader.pid)
    expect(started['containment']).toBe('group')
    await command.stop()
    expect(isAlive(leader)).toBe(false)
    expect(isAlive(stranger)).toBe(true)
    killIdentity(stranger)
  })

  const spoil: readonly (readonly [string, (record: string) => void])[] = [
    ['garbage', (record) => writeFileSync(record, '\0\0\xff{{{')],
    ['cut off', (record) => writeFileSync(record, readFileSync(record).subarray(0, 100))],
    ['huge', (record) => writeFileSync(record, '[1,'.repeat(1_000_000))],
    ['with pid 1', (record) => writeFileSync(record, readFileSync(record, 'utf8').replace(/"leader":\{"pid":\d+/, '"leader":{"pid":1'))],
    ['writable by others', (record) => chmodSync(record, 0o666)],
    [
      'a link',
      (record) => {
        renameSync(record, `${record}.else`)
        symlinkSync(`${record}.else`, record)
      }
    ],
    ...(process.geteuid?.() === 0 ? [['of another owner', (record: string) => chownSync(record, 65_534, 65_534)] as const] : [])
  ]

  test.each(spoil)('a record that is %s is an error that names it', async (_, change) => {
    const { leader, daemon, next, record } = await leave()
    change(record)
    const command = next()
    await command.event('node-started', 'worker')
    expect(command.of('problem').some(({ message }) => message.includes(record) && message.includes('no process is touched'))).toBe(true)
    await command.stop()
    expect([leader, daemon].every(isAlive)).toBe(true)
    for (const identity of [leader, daemon]) killIdentity(identity)
  })
})
