import { spawnSync } from 'node:child_process'
import { existsSync, openSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'
import { giveUpSpare } from '../helpers/spare.ts'

const commands = commandsOfTest()
const isRoot = process.getuid?.() === 0
const works = (command: string, ...args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** Sets a limit of the running supervisor, as the user that it runs as. */
const prlimit = (command: RunningCommand, limit: string, as: readonly string[] = []): void => {
  const [program = '', ...words] = [...as, 'prlimit', `--pid=${command.pid}`, limit]
  expect(works(program, ...words), `${program} ${words.join(' ')}`).toBe(true)
}

/** Prints what a service manager is told. */
const LISTENER = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
while True:
    print(server.recv(4096).decode(), flush=True)
`

const hasPrlimit = works('prlimit', '--version')

describe.skipIf(!hasPrlimit)(`a spawn that the kernel refuses${hasPrlimit ? '' : ' (no prlimit here)'}`, () => {
  const worker = { command: ['sleep', '60'], respawn: { limit: 1000, delay: '0s', maxDelay: '100ms' } }

  test('EMFILE: named, tried again with back-off, over when descriptors are free again', async () => {
    const command = commands.start({ worker, watchdog: { interval: '200ms' } })
    await command.event('node-started', 'worker')
    await giveUpSpare(command)
    prlimit(command, '--nofile=10:')
    killIdentity(command.leader('worker'))
    const failed = await command.event('node-start-failed', 'worker', 3)
    expect(failed['failureCode']).toBe('EMFILE')
    expect(command.of('node-backing-off', 'worker').length).toBeGreaterThanOrEqual(3)
    prlimit(command, '--nofile=1000:')
    await command.event('node-started', 'worker', 2)
    expect(isAlive(command.leader('worker'))).toBe(true)
    expect((await command.stop()).code).toBe(0)
  })

  test('EMFILE with the portable sampler, which cannot even look at the tree: nothing is started until it is known to be empty', async () => {
    const command = commands.start({ worker: { ...worker, stop: { grace: '100ms' } }, watchdog: { interval: '200ms' } }, [
      '--sampler',
      'portable'
    ])
    await command.event('node-started', 'worker')
    prlimit(command, '--nofile=10:')
    killIdentity(command.leader('worker'))
    await command.event('node-stuck', 'worker')
    expect(command.of('node-starting', 'worker')).toHaveLength(1)
    prlimit(command, '--nofile=1000:')
    await command.event('node-started', 'worker', 2)
    expect((await command.stop()).code).toBe(0)
  })

  test.skipIf(!isRoot)('EAGAIN, the limit of processes of an ordinary user (needs root to become one)', async () => {
    const owner = { uid: 64_999, gid: 64_999 } // nobody else's, so that only its own processes count
    const wrapper = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups']
    const command = commands.start({ worker }, [], { owner, wrapper })
    await command.event('node-started', 'worker')
    await giveUpSpare(command)
    prlimit(command, '--nproc=1:', wrapper)
    killIdentity(command.leader('worker'))
    const failed = await command.event('node-start-failed', 'worker', 3)
    expect(failed['failureCode']).toBe('EAGAIN')
    prlimit(command, '--nproc=4000:', wrapper)
    await command.event('node-started', 'worker', 2)
    expect((await command.stop()).code).toBe(0)
  })
})

describe('a disk that is full', () => {
  test('of the log on stdout: supervision goes on, and the event file tells of it', async () => {
    const full = openSync('/dev/full', 'w')
    const command = commands.start({ worker: { command: ['sleep', '60'], respawn: { maxDelay: '0s' } } }, [], {
      stdio: ['ignore', full, 'pipe']
    })
    const told = (type: string): Record<string, unknown>[] => command.eventFile().filter((event) => event['type'] === type)
    await command.until(() => has(command, 'node-started', 1), 'the start in the event file')
    const [started] = told('node-started')
    killIdentity(started?.['leader'] as { pid: number; startTime: number })
    await command.until(() => has(command, 'node-started', 2), 'the second start in the event file')
    expect(told('problem').map((event) => (event['failure'] as { code: string }).code)).toEqual(['ENOSPC'])
    expect((await command.stop()).code).toBe(0)
    expect(command.stderr).toMatch(
      /^tsupervise: the log cannot be written: ENOSPC\ntsupervise: ended with 0: asked to by SIGTERM; lines of the log that could not be written: \d+\n$/
    )
  })

  test.skipIf(!works('python3', '--version'))(
    'of the log on stdout, without an event file: stderr and the service manager are told, and why the run ended (needs python3)',
    async () => {
      const command = commands.prepare()
      const manager = `${command.folder}/notify`
      const listener = command.processes.spawn('python3', ['-c', LISTENER, manager], { stdio: ['ignore', 'pipe', 'inherit'] })
      let told = ''
      listener.stdout?.on('data', (text) => {
        told += text
      })
      await command.until(() => existsSync(manager), 'the socket of the service manager')
      command.launch(['--no-ui', '--state-dir', 'none', '--', 'sleep', '60'], {
        env: { NOTIFY_SOCKET: manager },
        stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe']
      })
      await command.until(() => told.includes('STATUS=the log cannot be written: ENOSPC'), 'the status')
      await command.until(() => command.stderr.includes('the log cannot be written: ENOSPC'), 'stderr')
      await command.stop()
      expect(command.stderr).toContain('tsupervise: ended with 0: asked to by SIGTERM; lines of the log that could not be written: ')
      listener.kill()
    }
  )

  const canMount = isRoot && works('unshare', '--mount', 'true')
  const mount = 'mount -t tmpfs -o size=64k,mode=700 tmpfs "$0" && dd if=/dev/zero of="$0/fill" bs=1k count=60 2>/dev/null; exec "$@"'

  test.skipIf(!canMount)(
    'of the event file and the log of a node (needs root for a small file system): the problem is told on stdout',
    async () => {
      const command = commands.prepare()
      const folder = command.stateFolder
      command.file('state/empty', '')
      const configuration = {
        name: 'full',
        worker: { command: [fixture('run-then-fail.sh'), '0.02'], respawn: { limit: 1000, maxDelay: '0s' } },
        extensions: { talker: { command: [fixture('line-flood.py')], log: { file: `${folder}/talker.log`, echo: false } } }
      }
      const file = command.file('tsupervise.json', JSON.stringify(configuration))
      command.launch(['--no-ui', '--config', file], { wrapper: ['unshare', '--mount', 'sh', '-c', mount, folder] })
      const lives = await command.until(
        () => (problems(command).includes('ENOSPC') ? command.of('node-started', 'worker').length : 0),
        'ENOSPC'
      )
      await command.event('node-started', 'worker', lives + 5)
      expect(command.of('problem')[0]?.message).toMatch(/events\.jsonl|talker\.log/)
      expect(isAlive(command.leader('talker'))).toBe(true)
      expect([0, 1]).toContain((await command.stop()).code)
    }
  )
})

const problems = (command: RunningCommand) => command.of('problem').map((event) => event['failureCode'])

function has(command: RunningCommand, type: string, count: number): boolean {
  try {
    return command.eventFile().filter((event) => event['type'] === type).length >= count
  } catch {
    return false // not there yet, or the last line is not whole
  }
}

describe('the wall clock is set', () => {
  const compiler = ['cc', 'gcc', 'clang'].find((name) => works(name, '--version'))

  test.skipIf(compiler === undefined)(
    'back by an hour and forward by a year (needs a C compiler): a delay keeps its length, the log shows the new time',
    async () => {
      const command = commands.prepare()
      const library = `${command.folder}/wall-clock.so`
      expect(works(compiler ?? '', '-shared', '-fPIC', '-O', '-o', library, fixture('wall-clock.c'))).toBe(true)
      const offset = command.file('offset', '\0'.repeat(8))
      const set = (seconds: number): void => {
        const bytes = Buffer.alloc(8)
        bytes.writeBigInt64LE(BigInt(seconds))
        writeFileSync(offset, bytes, { flag: 'r+' })
      }
      const configuration = {
        name: 'clock',
        watchdog: { interval: '200ms' },
        worker: { command: [fixture('exit-with.sh'), '3'], respawn: { limit: 3, window: '1m', delay: '0s', maxDelay: '600ms', jitter: 0 } }
      }
      command.launch(['--no-ui', '--config', command.file('tsupervise.json', JSON.stringify(configuration))], {
        env: { LD_PRELOAD: library, FAKE_WALL: offset }
      })
      const delays: number[] = []
      for (const [turn, seconds] of [-3600, 365 * 86_400, 0].entries()) {
        const waiting = await command.event('node-backing-off', 'worker', turn + 1)
        set(seconds)
        const starting = await command.event('node-starting', 'worker', turn + 2)
        delays.push(starting.mono - waiting.mono)
        // negative control: the wall clock of this process did jump
        const jumped = Date.parse(String(starting['time'])) - Date.now()
        expect(Math.abs(jumped - seconds * 1000)).toBeLessThan(5000)
      }
      for (const delay of delays) {
        expect(delay).toBeGreaterThanOrEqual(595)
        expect(delay).toBeLessThan(3000)
      }
      // the window of the budget did not notice either: three uses, all of them in it
      expect((await command.exit()).code).toBe(1)
      expect(command.events.at(-1)?.message).toContain('3 of 3 used')
    }
  )
})
