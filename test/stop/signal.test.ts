import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { createSignaller, numberOf } from '../../src/core/stop/signal.ts'
import { fixture } from '../helpers/node-settings.ts'
import { identityOf, isAlive, statFields, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let processes = new TestProcesses()
afterEach(async () => {
  await waitUntil(() => processes.cleanUp().length === 0, 'the end of what the test left')
  processes = new TestProcesses()
})

function start(command: string, ...args: string[]): { child: ChildProcess; identity: Identity } {
  const child = processes.spawn(command, args, { stdio: 'ignore', detached: true })
  const identity = identityOf(child.pid ?? 0)
  if (identity === undefined) throw new Error(`${command} does not live`)
  return { child, identity }
}

/** A process with this very pid, which must be free; undefined where pids cannot be chosen. */
async function withPid(pid: number): Promise<{ child: ChildProcess; identity: Identity } | undefined> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
    } catch {
      return undefined // not root, or not this kernel
    }
    const made = start('sleep', '60')
    if (made.identity.pid === pid) return made
    made.child.kill('SIGKILL')
    await once(made.child, 'exit')
  }
  return undefined
}

describe.each([
  ['pidfds', 'auto'],
  ['no pidfds', 'none']
] as const)('with %s', (_name, pidfds) => {
  test('a signal goes to the very process', async () => {
    const signaller = createSignaller({ pidfds })
    const { child, identity } = start('sleep', '60')
    expect(signaller.signal(identity, 'SIGTERM')).toBe('sent')
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
    expect(signaller.signal(identity, 'SIGTERM')).toBe('gone')
  })

  test('another process with the same pid is not touched; by its number it would have been hit', async () => {
    const signaller = createSignaller({ pidfds })
    const { child, identity } = start('sleep', '60')
    const former = { pid: identity.pid, startTime: identity.startTime - 1 }
    const release = signaller.hold(former)
    expect(signaller.signal(former, 'SIGKILL')).toBe('recycled')
    expect(signaller.signalGroup(former, 'SIGKILL')).toBeUndefined()
    release()
    expect(isAlive(identity)).toBe(true)
    process.kill(former.pid, 'SIGKILL')
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  })

  test('scenario 24: a pid that is reused in truth is never signalled (needs root)', async ({ skip }) => {
    const signaller = createSignaller({ pidfds })
    const { child, identity } = start('sleep', '60')
    const release = signaller.hold(identity)
    child.kill('SIGKILL')
    await once(child, 'exit')
    // start times are counted in ticks of 10 ms, in which no pid comes round by itself
    await waitUntil(() => start('sleep', '60').identity.startTime > identity.startTime, 'the next tick')
    const second = await withPid(identity.pid)
    if (second === undefined) return skip('the pid of a new process cannot be chosen here')
    expect(second.identity.pid).toBe(identity.pid)
    expect(['gone', 'recycled']).toContain(signaller.signal(identity, 'SIGKILL'))
    release()
    expect(signaller.signal(identity, 'SIGKILL')).toBe('recycled')
    expect(isAlive(second.identity)).toBe(true)
    expect(signaller.signal(second.identity, 'SIGKILL')).toBe('sent')
    expect(await once(second.child, 'exit')).toEqual([null, 'SIGKILL'])
  })

  test('a group is reached as long as its leader is there', async () => {
    const signaller = createSignaller({ pidfds })
    const { child, identity } = start('sh', '-c', 'sleep 60 & wait')
    await waitUntil(() => processes.alive().length === 2, 'the sleep')
    expect(signaller.signalGroup(identity, 'SIGKILL')).toBe('sent')
    await once(child, 'exit')
    await waitUntil(() => processes.alive().length === 0, 'the end of the group')
    expect(signaller.signalGroup(identity, 'SIGKILL')).toBeUndefined()
  })

  test('a zombie is gone', async () => {
    const parent = start('sh', '-c', 'sleep 0 & exec sleep 60')
    const zombie = await waitUntil(() => findZombie(parent.identity.pid), 'the zombie')
    expect(createSignaller({ pidfds }).signal(zombie, 'SIGKILL')).toBe('gone')
  })

  test('nothing is ever sent to everybody, to our own group, or to init', () => {
    const signaller = createSignaller({ pidfds })
    for (const pid of [-1, 0, 1]) {
      expect(signaller.signal({ pid, startTime: 0 }, 'SIGTERM')).toBe('denied')
      expect(signaller.signalGroup({ pid, startTime: 0 }, 'SIGTERM')).toBe('denied')
    }
  })
})

function findZombie(parent: number): Identity | undefined {
  for (let pid = parent + 1; pid < parent + 2000; pid++) {
    if (!existsSync(`/proc/${pid}`)) continue
    const found = statFields(pid)
    if (found?.ppid === parent && found.state === 'Z') return { pid, startTime: found.startTime }
  }
  return undefined
}

test('what cannot be read is not signalled', () => {
  const signaller = createSignaller({ pidfds: 'none', occupant: () => 'unreadable' })
  const { identity } = start('sleep', '60')
  expect(signaller.signal(identity, 'SIGKILL')).toBe('denied')
  expect(isAlive(identity)).toBe(true)
})

test.skipIf(libc() === undefined)(
  'the group of a leader that was reaped is reached while the leader is held (needs native calls, Linux 6.9)',
  async ({ skip }) => {
    const signaller = createSignaller()
    const { child, identity } = start('sh', '-c', 'sleep 60 & wait')
    const release = signaller.hold(identity)
    await waitUntil(() => processes.alive().length === 2, 'the sleep')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await waitUntil(() => processes.alive().length === 1, 'the sleep alone')
    const outcome = signaller.signalGroup(identity, 'SIGTERM')
    if (outcome === undefined) return skip('this kernel cannot signal a group through a pidfd')
    expect(outcome).toBe('sent')
    await waitUntil(() => processes.alive().length === 0, 'the end of the group')
    await waitUntil(() => signaller.signalGroup(identity, 'SIGTERM') === 'gone', 'its zombies to be reaped')
    release()
    release()
    expect(signaller.signalGroup(identity, 'SIGTERM')).toBeUndefined()
  }
)

test('scenario 8: TSTP, TTIN and TTOU suspend, CONT resumes', async () => {
  const signaller = createSignaller()
  // a group whose parent is in another session is orphaned and never stopped by these three: a job of a shell is needed
  const { identity: parent } = start(fixture('own-group.py'))
  const isJob = ({ pid }: Identity): boolean => pid !== parent.pid && statFields(pid)?.pgid === pid
  const job = await waitUntil(() => processes.alive().find(isJob), 'the job')
  const state = (): string | undefined => statFields(job.pid)?.state
  for (const suspend of ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const) {
    expect(signaller.signal(job, suspend)).toBe('sent')
    await waitUntil(() => state() === 'T', `the stop by ${suspend}`)
    expect(signaller.signal(job, 'SIGCONT')).toBe('sent')
    await waitUntil(() => state() === 'S', 'to go on')
  }
})

test('numbers of signals', () => {
  expect(numberOf('SIGTERM')).toBe(15)
  expect(numberOf('SIGRTMIN+3' as NodeJS.Signals)).toBe(37)
  expect(() => numberOf('SIGNOTHING' as NodeJS.Signals)).toThrow('SIGNOTHING')
})
