import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { parseProcStatus } from '../../src/core/process/proc-status.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { initOf, pidNamespace } from '../helpers/namespace.ts'
import { childrenOf, isAtGate } from '../helpers/proc.ts'
import { identityOf, killIdentity, statFields } from '../helpers/processes.ts'

const { wrapper, reason } = pidNamespace()

/** User and system time so far; proc_pid_stat(5), in hundredths of a second. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) * 10
}

describe.skipIf(reason !== '')(`as PID 1${reason === '' ? '' : ` (${reason})`}`, () => {
  const commands = commandsOfTest()
  const start = (configuration: object, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): RunningCommand =>
    commands.start(configuration, args, { wrapper, env })
  /** Without what waits for its next incarnation. */
  const programsOf = (init: Identity): number[] => childrenOf(init.pid).filter((pid) => !isAtGate(pid))
  const zombiesOf = (init: Identity): number[] => childrenOf(init.pid).filter((pid) => statFields(pid)?.state === 'Z')

  test('without native calls it does not start, and says what to do', async () => {
    const command = start({ worker: { command: ['sleep', '60'] } }, [], { TSUPERVISE_NATIVE: '0' })
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toContain('as PID 1')
    expect(command.stderr).toContain('docker run --init')
    expect(command.events).toEqual([])
  })

  test('it does not go to the background', async () => {
    const command = start({ worker: { command: ['sleep', '60'] } }, ['--detach'])
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toContain('--detach')
  })

  test('it has no guardian and says why; killed from outside, nothing of it remains', async () => {
    const command = start({ worker: { command: [fixture('daemon-family.py')] } })
    await command.line('worker', /^ready/)
    const init = await initOf(command)
    const missing = command.of('supervisor-started')[0]?.['missing'] as string[]
    expect(missing.find((words) => words.startsWith('guardian'))).toMatch(/none is needed as PID 1/)
    expect(
      childrenOf(init.pid)
        .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        .filter((line) => line.includes('guardian'))
    ).toEqual([])
    expect(command.processes.alive().length).toBeGreaterThanOrEqual(4)
    killIdentity(init)
    await command.exit()
    await command.until(() => command.processes.alive().length === 0, 'the end of all')
  })

  test.each(['procfs', 'portable'])('scenario 3: of 100 orphaned sleeps no zombie is left (%s sampler)', async (sampler) => {
    const orphans = 'n=0; while [ $n -lt 100 ]; do (sleep 0.$((n % 9 + 1)) &); n=$((n+1)); done; echo made; exec sleep 60'
    const command = start({ worker: { command: ['sh', '-c', orphans] } }, ['--sampler', sampler])
    const init = await initOf(command)
    await command.line('worker', /^made/)
    await command.until(() => programsOf(init).length === 1, 'only the worker to be left')
    expect(zombiesOf(init)).toEqual([])
  })

  test('10,000 zombies at once are reaped within 3 s of CPU, and the status of the worker is still its own', async () => {
    const command = start({ exitWithWorker: true, worker: { command: ['perl', fixture('zombie-maker.pl'), '10000'], restart: 'never' } })
    await command.line('worker', /^ready/)
    const init = await initOf(command)
    const [worker] = programsOf(init).map(identityOf)
    if (worker === undefined) throw new Error('the worker lives')
    killIdentity(init, 'SIGSTOP')
    killIdentity(worker, 'SIGUSR1')
    await command.until(() => childrenOf(init.pid).length > 10_000, '10,000 orphans that have ended', 60_000)
    expect(zombiesOf(init)).toHaveLength(10_000)
    const before = cpuMs(init.pid)
    killIdentity(init, 'SIGCONT')
    await command.until(() => programsOf(init).length === 1, 'only the worker to be left')
    expect(cpuMs(init.pid) - before).toBeLessThan(3000)
    killIdentity(worker, 'SIGTERM')
    expect((await command.exit()).code).toBe(7)
  }, 90_000)

  test('scenario 7: every catchable signal is forwarded or rewritten, as elsewhere', async () => {
    const command = start({ worker: { command: [fixture('report-all-signals.py')] }, signals: { SIGURG: 'SIGHUP', SIGPROF: 'ignore' } })
    await command.line('worker', /^ready/)
    const init = await initOf(command)
    const got = (): string[] => command.of('output', 'worker').flatMap(({ message }) => /^got (\S+)$/.exec(message)?.[1] ?? [])
    const same = [
      'SIGUSR1',
      'SIGALRM',
      'SIGVTALRM',
      'SIGCONT',
      'SIGXCPU',
      'SIGXFSZ',
      'SIGIO',
      'SIGPWR',
      'SIGSYS',
      'SIGTRAP',
      'SIGWINCH'
    ] as const
    killIdentity(init, 'SIGPROF')
    for (const [index, signal] of same.entries()) {
      killIdentity(init, signal)
      await command.until(() => got().length > index, `${signal}, after ${got().join(' ')}`)
    }
    killIdentity(init, 'SIGURG')
    await command.until(() => got().length > same.length, 'SIGURG as SIGHUP')
    expect(got()).toEqual([...same, 'SIGHUP'])
    killIdentity(init, 'SIGTERM')
    expect((await command.exit()).code).toBe(0)
  })

  test.each(['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const)('scenario 8: %s suspends the worker, SIGCONT resumes it', async (signal) => {
    const command = start({ worker: { command: ['sleep', '60'] } })
    await command.event('node-started', 'worker')
    const init = await initOf(command)
    const worker = programsOf(init)[0] ?? 0
    killIdentity(init, signal)
    await command.until(() => statFields(worker)?.state === 'T', 'the worker to be suspended')
    killIdentity(init, 'SIGCONT')
    await command.until(() => statFields(worker)?.state === 'S', 'the worker to go on')
  })

  test("it ends with the worker's own code, or 128 + signal", async () => {
    const ends = [
      ...[0, 3, 78, 255].map((code) => ({ command: [fixture('exit-with.sh'), String(code)], code })),
      ...(['SIGKILL', 'SIGSEGV'] as const).map((signal) => {
        const number = constants.signals[signal]
        return { command: [fixture('signal-self.py'), String(number)], code: 128 + number }
      })
    ]
    const runs = ends.map(({ command }) => start({ exitWithWorker: true, worker: { command, restart: 'never' } }))
    expect(await Promise.all(runs.map(async (run) => (await run.exit()).code))).toEqual(ends.map(({ code }) => code))
  })

  test.each(['procfs', 'portable'])('what the worker left behind is asked to end before it leaves (%s sampler)', async (sampler) => {
    const command = commands.prepare()
    const file = `${command.folder}/asked`
    const configuration = { name: 'test', exitWithWorker: true, worker: { command: [fixture('polite-daemon.sh'), file], restart: 'never' } }
    const config = command.file('tsupervise.json', JSON.stringify(configuration))
    command.launch(['--no-ui', '--log-format', 'json', '--config', config, '--sampler', sampler], { wrapper })
    expect((await command.exit()).code).toBe(5)
    expect(readFileSync(file, 'utf8')).toBe('asked\n')
  })

  test('what ran before `exec tsupervise` is asked to end too, since it ends with PID 1 anyway', async () => {
    const command = commands.prepare()
    const file = `${command.folder}/asked`
    const before = `sh -c 'trap "echo asked >\\"$0\\"; exit 0" TERM; : >"$0.ready"; while :; do sleep 0.05; done' ${file} & while ! [ -e ${file}.ready ]; do sleep 0.02; done; exec "$@"`
    command.launch(['--no-ui', '--log-format', 'json', '--config', 'none', '--', 'sleep', '0.3'], {
      wrapper: [...wrapper, 'sh', '-c', before, 'sh']
    })
    await command.exit()
    expect(readFileSync(file, 'utf8')).toBe('asked\n')
  })

  test('a stop that comes before it is ready to be stopped is not lost', async () => {
    const command = start({ worker: { command: ['sleep', '60'] } })
    const init = await initOf(command)
    // Node itself listens to SIGTERM during its start, but not to SIGQUIT
    const quit = 1n << BigInt(constants.signals.SIGQUIT - 1)
    const caught = (): bigint => parseProcStatus(readFileSync(`/proc/${init.pid}/status`, 'latin1'))?.caught ?? 0n
    await command.until(() => (caught() & quit) !== 0n, 'a listener')
    expect(command.events).toEqual([])
    killIdentity(init, 'SIGTERM')
    expect((await command.exit()).code).toBe(0)
    expect(command.events.at(-1)?.message).toContain('asked to by SIGTERM')
  })
})
