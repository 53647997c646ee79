import { once } from 'node:events'
import { constants } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { errnoName } from '../../src/core/linux/errno.ts'
import { exitStatusOf, signalName } from '../../src/core/linux/exit-status.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { closePidfd, openPidfd, pidfdExit, signalPidfd } from '../../src/core/linux/pidfd.ts'
import { identityOf, isAlive, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
afterEach(() => void processes.cleanUp())

test('a wait status is a code or a signal', () => {
  for (let code = 0; code < 256; code++) expect(exitStatusOf(code << 8)).toMatchObject({ code, signal: undefined })
  for (const [name, number] of Object.entries(constants.signals)) {
    expect(exitStatusOf(number).code).toBeUndefined()
    expect(constants.signals[exitStatusOf(number).signal ?? 'SIGHUP']).toBe(constants.signals[name as NodeJS.Signals])
  }
  // with a core dump
  expect(exitStatusOf(0x80 | 11).signal).toBe('SIGSEGV')
  expect(signalName(36)).toBe('SIGRTMIN+2')
})

test('an errno has its name, and an unknown one is a bug', () => {
  expect(errnoName(constants.errno.EAGAIN)).toBe('EAGAIN')
  expect(errnoName(3)).toBe('ESRCH')
  expect(() => errnoName(9999)).toThrow('9999')
})

describe.skipIf(libc() === undefined)('a pidfd', () => {
  const open = (pid: number): number => {
    const opened = openPidfd(pid)
    if (!opened.ok) throw new Error(opened.error.message)
    return opened.value
  }

  test('is refused for a process that is not there', () => {
    expect(openPidfd(4_194_304)).toMatchObject({ ok: false, error: { code: 'ESRCH' } })
    expect(openPidfd(0)).toMatchObject({ ok: false, error: { code: 'EINVAL' } })
  })

  test('signals its process, and knows that it is gone afterwards', async () => {
    const child = processes.spawn('sleep', ['100'])
    const pidfd = open(child.pid ?? 0)
    expect(pidfdExit(pidfd)).toBeUndefined()
    expect(signalPidfd(pidfd, constants.signals.SIGTERM, 'process')).toBe('sent')
    await once(child, 'exit')
    expect(signalPidfd(pidfd, constants.signals.SIGTERM, 'process')).toBe('gone')
    closePidfd(pidfd)
  })

  test('signals the whole group, also after its leader was reaped', async (context) => {
    const leader = processes.spawn('sh', ['-c', 'sleep 100 & echo $!; read _; exit 0'], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit']
    })
    const pidfd = open(leader.pid ?? 0)
    const [line] = (await once(leader.stdout ?? leader, 'data')) as [Buffer]
    const member = identityOf(Number(line.toString()))
    if (member === undefined) throw new Error('the member is not there')
    leader.stdin?.end('\n')
    await once(leader, 'exit')
    const outcome = signalPidfd(pidfd, constants.signals.SIGKILL, 'group')
    closePidfd(pidfd)
    if (outcome === 'unsupported') context.skip('this kernel cannot signal a group through a pidfd')
    expect(outcome).toBe('sent')
    await waitUntil(() => !isAlive(member), 'the member to end')
  })

  test('tells how a process ended that is not our child', async (context) => {
    const parent = processes.spawn('sh', ['-c', 'exec 3<&0; sh -c "read _; exit 37" <&3 & echo $!; wait; sleep 100'], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    const [line] = (await once(parent.stdout ?? parent, 'data')) as [Buffer]
    const pidfd = open(Number(line.toString()))
    expect(pidfdExit(pidfd)).toBeUndefined()
    parent.stdin?.end('\n')
    await waitUntil(() => signalPidfd(pidfd, 0, 'process') === 'gone', 'the grandchild to be reaped')
    const exit = pidfdExit(pidfd)
    closePidfd(pidfd)
    if (exit === undefined) context.skip('this kernel does not tell the exit status through a pidfd')
    expect(exit).toEqual({ code: 37, signal: undefined, oomKilled: false })
  })
})
