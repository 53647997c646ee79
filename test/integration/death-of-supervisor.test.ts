import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownCgroupFolder } from '../../src/core/linux/cgroup-mount.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { identityOf, isAlive, killIdentity, statFields } from '../helpers/processes.ts'

const commands = commandsOfTest()
const LIMIT_MS = 3000

/** A worker and an extension, each with two TERM-immune daemons in sessions of their own: six processes. */
async function families(): Promise<{ command: RunningCommand; leaders: Identity[]; daemons: Identity[]; guardian: Identity }> {
  const family = { command: [fixture('daemon-family.py')], stop: { commandedGrace: '300ms' } }
  const command = commands.start({ worker: family, extensions: { second: family } })
  const found = []
  for (const node of ['worker', 'second']) {
    const [leader, ...rest] = (await command.line(node, /^ready/)).split(' ').slice(1).map(Number)
    found.push({ leader: living(leader), daemons: rest.map(living) })
  }
  const guardian = await command.until(() => command.guardian(), 'the guardian')
  return { command, leaders: found.map(({ leader }) => leader), daemons: found.flatMap(({ daemons }) => daemons), guardian }
}

function living(pid: number | undefined): Identity {
  const identity = pid === undefined ? undefined : identityOf(pid)
  if (identity === undefined) throw new Error(`process ${pid} was expected to live`)
  return identity
}

const gone = (identities: readonly Identity[]): boolean => !identities.some(isAlive)

describe('the supervisor is killed with SIGKILL', () => {
  test('worker, extension and their daemons follow within 3 s, and the guardian leaves', async () => {
    const { command, leaders, daemons, guardian } = await families()
    command.signal('SIGKILL')
    await command.until(() => gone([...leaders, ...daemons]), 'the end of all six', LIMIT_MS)
    await command.until(() => gone([guardian]), 'the end of the guardian')
    await command.exit()
  })

  test('negative control: while the guardian is held, the leaders end by themselves but the daemons stay', async () => {
    const { command, leaders, daemons, guardian } = await families()
    killIdentity(guardian, 'SIGSTOP')
    command.signal('SIGKILL')
    await command.until(() => gone(leaders), 'the end of the leaders', LIMIT_MS)
    expect(daemons.filter(isAlive)).toHaveLength(4)
    killIdentity(guardian, 'SIGCONT')
    await command.until(() => gone(daemons), 'the end of the daemons', LIMIT_MS)
    await command.exit()
  })
})

describe('the guardian', () => {
  test('has a session and a cgroup of its own, and is not ended by what ends a job', async () => {
    const { command, guardian } = await families()
    expect(statFields(guardian.pid)).toMatchObject({ sid: guardian.pid, pgid: guardian.pid })
    const cgroupOf = (pid: number): string => readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    const contained = command.of('node-started', 'worker')[0]?.['containment'] === 'cgroup'
    if (contained) await command.until(() => /\/guardian\.\d+$/m.test(cgroupOf(guardian.pid)), 'the cgroup of the guardian')
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) killIdentity(guardian, signal)
    const cgroups = cgroupOf(guardian.pid)
    command.signal('SIGKILL')
    await command.until(() => command.processes.alive().length === 0, 'the end of all', LIMIT_MS)
    await command.until(() => gone([guardian]), 'the end of the guardian')
    const own = ownCgroupFolder()
    const path = /^0::(.*)$/m.exec(cgroups)?.[1] ?? ''
    if (contained && own.ok) await command.until(() => !existsSync(dirname(join(own.value, path))), 'the end of the folder of the cgroups')
    await command.exit()
  })

  test('ends the hooks and probes of the supervisor, too', async () => {
    const command = commands.start({
      hooks: [{ on: ['node-started'], command: ['sh', '-c', 'setsid sleep 300 & sleep 301'], timeout: '1h' }],
      worker: { command: ['sleep', '302'], ready: { exec: ['sleep', '303'], timeout: '1h' } }
    })
    await command.until(() => command.processes.alive().length >= 6, 'hook and probe')
    command.signal('SIGKILL')
    await command.until(() => command.processes.alive().length === 0, 'the end of all', LIMIT_MS)
    await command.exit()
  })

  test('finds by their session those that neither a cgroup nor the environment tells of; who left that too, stays (documented)', async () => {
    const forget = (words: string): string => `env -i ${words} sh -c 'echo $$; exec sleep 1000'`
    const command = commands.start({
      worker: {
        command: ['sh', '-c', `${forget('PATH=$PATH')} & ${forget('PATH=$PATH setsid')} & sleep 1001`],
        containment: 'subreaper'
      }
    })
    await command.until(() => command.of('output', 'worker').length === 2, 'both')
    const [a, b] = command.of('output', 'worker').map(({ message }) => living(Number(message)))
    const leader = command.leader('worker')
    try {
      const inSession = [a, b].filter((process) => process !== undefined && statFields(process.pid)?.sid === leader.pid)
      const away = [a, b].filter((process) => process !== undefined && statFields(process.pid)?.sid === process.pid)
      expect([inSession.length, away.length]).toEqual([1, 1])
      // negative control: nothing but the session leads to it
      const environment = (pid: number): string => readFileSync(`/proc/${pid}/environ`, 'latin1')
      expect(environment(leader.pid)).toContain('TSUPERVISE_TREE=')
      for (const process of [...inSession, ...away]) expect(process && environment(process.pid)).not.toContain('TSUPERVISE_TREE=')
      expect(command.of('node-started', 'worker')[0]?.['containment']).toBe('subreaper')
      const guardian = await command.until(() => command.guardian(), 'the guardian')
      command.signal('SIGKILL')
      await command.until(() => gone([leader, guardian]), 'the end of the leader, and of the guardian', LIMIT_MS)
      expect(inSession.filter((process) => process !== undefined && isAlive(process))).toEqual([])
      expect(away.filter((process) => process !== undefined && isAlive(process))).toHaveLength(1)
      await command.exit()
    } finally {
      for (const process of [a, b]) if (process !== undefined) killIdentity(process) // the mark of the test is gone with their environment
    }
  })

  test('is replaced when it is killed, which is told; the new one knows the trees', async () => {
    const { command, leaders, daemons, guardian } = await families()
    killIdentity(guardian)
    const changed = await command.event('facility-changed')
    expect(changed.message).toMatch(/^guardian is available: the guardian ended \(SIGKILL\) and was replaced by pid \d+$/)
    const second = await command.until(() => command.guardian(), 'another guardian')
    expect(second.pid).not.toBe(guardian.pid)
    expect(leaders.every(isAlive)).toBe(true)
    command.signal('SIGKILL')
    await command.until(() => gone([...leaders, ...daemons, second]), 'the end of all', LIMIT_MS)
    await command.exit()
  })

  test('leaves without a deed when the run ends as it should', async () => {
    const { command, guardian } = await families()
    expect((await command.stop()).code).toBe(0)
    await command.until(() => gone([guardian]), 'the end of the guardian')
  })
})

test('a guardian that hangs is ended and replaced, and the next start goes on', async () => {
  const command = commands.start({ worker: { command: ['sleep', '300'], respawn: { maxDelay: '0s', limit: 100 } } })
  const first = await command.event('node-started', 'worker')
  const guardian = await command.until(() => command.guardian(), 'the guardian')
  killIdentity(guardian, 'SIGSTOP')
  killIdentity(living(first.pid))
  await command.event('node-started', 'worker', 2)
  await command.event('facility-changed')
  expect(isAlive(guardian)).toBe(false)
})
