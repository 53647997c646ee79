import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { GUARDIAN_SCRIPT } from '../../src/core/spawn/guardian-script.ts'
import { findProgram } from '../../src/core/spawn/lookup.ts'
import { identityOf, isAlive, killIdentity, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
afterEach(() => void processes.cleanUp())

const shells = ['dash', 'bash', 'busybox'].flatMap((name) => {
  const found = findProgram({ argv: [name], cwd: '/', env: { PATH: process.env['PATH'] ?? '' } })
  return found.kind === 'executable' ? [{ name, argv: name === 'busybox' ? [found.path, 'sh'] : [found.path] }] : []
})

describe.each(shells)('the guardian in $name', ({ argv }) => {
  const guardian = (graceTenths = 2): ChildProcess => {
    const [shell = 'sh', ...words] = argv
    return spawn(shell, [...words, '-c', GUARDIAN_SCRIPT, 'guardian', String(graceTenths), '-'], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore']
    })
  }

  /** The leader of a session of its own. */
  const session = async (script: string, env: NodeJS.ProcessEnv = {}): Promise<Identity> => {
    const child = processes.spawn('sh', ['-c', script], { detached: true, env })
    return waitUntil(() => identityOf(child.pid ?? 0), 'the leader')
  }

  const tell = (child: ChildProcess, lines: readonly string[]): void => void child.stdin?.write(lines.map((line) => `${line}\n`).join(''))

  /** The supervisor is dead. */
  const die = async (child: ChildProcess): Promise<void> => {
    child.stdin?.end()
    await once(child, 'exit')
  }

  test('answers what it was told, and leaves without a deed when it is disarmed', async () => {
    const leader = await session('sleep 60; :')
    const child = guardian()
    tell(child, [`know ${'a'.repeat(32)} ${leader.pid} ${leader.startTime} -`])
    expect(String((await once(child.stdout ?? child, 'data'))[0])).toBe(`known ${'a'.repeat(32)}\n`)
    tell(child, ['disarm'])
    await once(child, 'exit')
    expect(isAlive(leader)).toBe(true)
  })

  test('ends the session of a leader that it knows, also when the leader is gone, and by the cookie who has left the session', async () => {
    const cookie = randomBytes(16).toString('hex')
    const leader = await session('setsid sleep 61 & sleep 62 & trap "" TERM; sleep 63; :', { TSUPERVISE_TREE: cookie })
    await waitUntil(() => processes.alive().length === 4, 'all four')
    const all = processes.alive()
    const stranger = await session('sleep 64; :', { TSUPERVISE_TREE: `${cookie.slice(1)}0` })
    killIdentity(leader)
    const child = guardian()
    tell(child, [`know ${cookie} ${leader.pid} ${leader.startTime} -`, `know ${'b'.repeat(32)} 0 0 -`])
    await die(child)
    expect(all.filter(isAlive)).toEqual([])
    expect(isAlive(stranger)).toBe(true)
  })

  test('scenario 24: a session whose number is another process by now is left alone; with the right start time it is not', async () => {
    const stranger = await session('sleep 65; :')
    const wrong = guardian()
    tell(wrong, [`know ${'c'.repeat(32)} ${stranger.pid} ${stranger.startTime - 1} -`])
    await die(wrong)
    expect(isAlive(stranger)).toBe(true)
    const right = guardian()
    tell(right, [`know ${'c'.repeat(32)} ${stranger.pid} ${stranger.startTime} -`])
    await die(right)
    expect(isAlive(stranger)).toBe(false)
  })

  test('forgets what it is told to forget', async () => {
    const [first, second] = [await session('sleep 66; :'), await session('sleep 67; :')]
    const child = guardian()
    tell(child, [
      `know ${'d'.repeat(32)} ${first.pid} ${first.startTime} -`,
      `know ${'e'.repeat(32)} ${second.pid} ${second.startTime} -`,
      `forget ${'d'.repeat(32)}`
    ])
    await die(child)
    expect([first, second].map(isAlive)).toEqual([true, false])
  })
})
