import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { COMMAND, fixture, type StartOptions } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'

const NOBODY = { uid: 65_534, gid: 65_534 }
const wrapper = ['setpriv', `--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, '--clear-groups', '--']

/** As who the rest of the suite does not run; or why that cannot be done here. */
function whyNot(): string {
  if (process.getuid?.() !== 0) return 'this suite already runs as an ordinary user'
  const [program = '', ...words] = wrapper
  const read = spawnSync(program, [...words, process.execPath, COMMAND, '--version'], { cwd: '/', encoding: 'utf8' })
  return read.status === 0 ? '' : `an ordinary user cannot run it from here: ${read.error?.message ?? read.stderr.slice(0, 200)}`
}

const reason = whyNot()

describe.skipIf(reason !== '')(`as an ordinary user${reason === '' ? '' : ` (${reason})`}`, () => {
  const commands = commandsOfTest()
  const options: StartOptions = { wrapper, owner: NOBODY, env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' } }
  const start = (configuration: object, args: readonly string[] = []) => commands.start(configuration, args, options)
  const respawn = { maxDelay: '0s' }

  test('it supervises with what it may use, names what it may not, and its children are of that user', async () => {
    const command = start({ worker: { command: [fixture('exit-on-request.sh')], respawn } })
    await command.line('worker', /^ready/)
    const { pid } = command.leader('worker')
    expect(/^Uid:\t(\d+)\t(\d+)\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.slice(1)).toEqual(['65534', '65534', '65534'])
    for (const words of (command.of('supervisor-started')[0]?.['missing'] ?? []) as string[]) expect(words).toMatch(/^[a-z-]+: .{10,}/)
    killIdentity(command.leader('worker'))
    await command.event('node-started', 'worker', 2)
    expect((await command.stop()).code).toBe(0)
    expect(command.eventFile().at(-1)).toMatchObject({ type: 'supervisor-ended', code: 0 })
  })

  test.each(['procfs', 'portable'])('limits on a tree act with the %s sampler', async (sampler) => {
    const command = start(
      {
        watchdog: { interval: '200ms', delay: '0s' },
        worker: { command: ['sh', '-c', `${fixture('cpu-burner.sh')} & wait`], respawn, limits: { cpu: '10%', latency: '400ms' } }
      },
      ['--sampler', sampler]
    )
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonRule']).toBe('cpu')
    expect(receipt['treeSize']).toBe(2)
    await command.event('node-started', 'worker', 2)
    expect((await command.stop()).code).toBe(0)
  })

  test('children of 2 ms are counted without a cgroup and, where they are not allowed, without process events', async () => {
    const command = start(
      {
        watchdog: { interval: '200ms', delay: '0s' },
        worker: { command: [fixture('many-children.py'), '300', '2'], limits: { cpu: '100%', latency: '1h' } }
      },
      ['--debug']
    )
    const used = Number((await command.line('worker', /^used/)).split(' ')[1])
    const said = command.of('output', 'worker').at(-1)
    await command.until(() => command.of('checked').filter((check) => check.mono > Number(said?.mono)).length >= 2, 'two more checks')
    const counted = command.of('checked').reduce((sum, check) => sum + Number(check['entryCpuUsedMs']), 0)
    expect(counted / used).toBeGreaterThan(0.95)
    expect(counted / used).toBeLessThan(1.05)
  })

  test('a TERM-immune tree is empty before the node counts as stopped', async () => {
    const command = start({ worker: { command: [fixture('term-immune-child.sh')], stop: { commandedGrace: '300ms' } } })
    const [, childPid] = (await command.line('worker', /^ready/)).split(' ').slice(1).map(Number)
    const child = identityOf(childPid ?? 0)
    expect(child !== undefined && isAlive(child)).toBe(true)
    expect((await command.stop()).code).toBe(0)
    expect(command.of('receipt-closed', 'worker')[0]?.['survivors']).toEqual([])
  })

  test('killed with SIGKILL, it takes its daemons along', async () => {
    const command = start({ worker: { command: [fixture('daemon-family.py')] } })
    await command.line('worker', /^ready/)
    const everything = command.processes.alive().filter(({ pid }) => pid !== command.pid)
    expect(everything.length).toBeGreaterThanOrEqual(3)
    command.signal('SIGKILL')
    await command.until(() => !everything.some(isAlive), 'the end of all', 3000)
    await command.exit()
  })

  test('what needs root is refused with the reason: another user', async () => {
    const command = start({ worker: { command: ['true'], user: 'root', respawn: { limit: 0 } } })
    expect((await command.exit()).code).toBe(1)
    expect(command.of('node-start-failed', 'worker')[0]?.message).toMatch(/setpriv|permi|root/i)
  })
})
