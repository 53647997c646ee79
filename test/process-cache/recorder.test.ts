import { accessSync, constants } from 'node:fs'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { errnoOf } from '../../src/core/errors.ts'
import { openProcessConnector } from '../../src/core/linux/process-connector.ts'
import type { ProcessTap } from '../../src/core/process/cache/tap.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { lacksCompiler, Programs } from './programs.ts'
import { type Recorded, Recording } from './recording.ts'

const opened = openProcessConnector()
const lacksEvents = opened.ok ? '' : opened.error.message
if (opened.ok) opened.value.close()

/** Next pids can be chosen there. */
const LAST_PID = '/proc/sys/kernel/ns_last_pid'
const lacksRecycling = canWrite(LAST_PID) ? '' : `${LAST_PID} cannot be written`

let recording: Recording
let programs: Programs
beforeEach(() => {
  programs = new Programs()
})
afterEach(async () => {
  await recording.close()
  programs.close()
})

const sleeps =
  (text: string) =>
  (record: Recorded): boolean =>
    record.process.binary.endsWith('/sleep') && record.process.arguments === text

describe.skipIf(lacksEvents !== '')(`what is heard of a managed tree ${lacksEvents}`, () => {
  test('two execs of one pid: two ids, one the parent of the other, and a line of ancestors up to the kernel', async () => {
    recording = new Recording()
    const { leader, say, release } = recording.track('exec sh -c "read _; exec sleep 1000"')
    release()
    const shell = await recording.exec(({ process }) => process.pid === leader.pid && process.arguments?.includes('exec sleep') === true)
    expect(shell.process.flags).toContain('execve')
    expect(shell).toMatchObject({ node: 'worker', source: 'events', parent: { pid: process.pid } })
    say('go')
    const sleep = await recording.exec(sleeps('1000'))
    expect(sleep.process.pid).toBe(leader.pid)
    expect(sleep.process.parent_exec_id).toBe(shell.process.exec_id)
    expect(sleep.process.exec_id).not.toBe(shell.process.exec_id)
    // the ids of samples, receipts and records are the same ones
    expect(recording.table.inspect(leader.pid)?.execId).toBe(sleep.process.exec_id)
    const ancestors = recording.recorder.cache.ancestors(sleep.process.exec_id, 100)
    expect(ancestors.slice(0, 2).map(({ pid }) => pid)).toEqual([leader.pid, process.pid])
    expect(ancestors.at(-1)?.facts?.binary).toBe('<kernel>')
  })

  test('short processes are recorded with parent, times and status, and as missed where nothing could be read', async () => {
    recording = new Recording()
    const { leader, release } = recording.track('(exit 7); sleep 0.3; /bin/true; sh -c "kill -TERM \\$\\$"; exec sleep 1000')
    release()
    await recording.exec(sleeps('1000'))
    const exits = await waitUntil(
      () => {
        const found = recording.managed.filter(({ kind }) => kind === 'exit')
        return found.length >= 4 && found
      },
      () => recording.story()
    )
    expect(exits).toHaveLength(4)
    const clone = exits.find(({ status }) => status === 7)
    expect(clone).toMatchObject({ process: { flags: expect.stringContaining('clone') }, parent: { pid: leader.pid } })
    const sleep = exits.find(({ process }) => process.binary.endsWith('/sleep'))
    expect(sleep).toMatchObject({ status: 0, process: { arguments: '0.3' } })
    const lived = Date.parse(sleep?.time ?? '') - Date.parse(sleep?.process.start_time ?? '')
    expect(lived).toBeGreaterThan(250)
    expect(lived).toBeLessThan(5000)
    expect(exits.find(({ signal }) => signal === 'SIGTERM')).toBeDefined()
    for (const { process } of exits) if (process.binary === 'unknown') expect(process.flags).toContain('miss')
    expect(exits.every(({ parent }) => parent !== undefined)).toBe(true)
  })

  test.skipIf(lacksRecycling !== '')(
    `a number that is given away again within milliseconds is another process each time ${lacksRecycling}`,
    async () => {
      recording = new Recording()
      const again = 'echo $((first - 1)) > /proc/sys/kernel/ns_last_pid; /bin/true & wait'
      const { release } = recording.track(
        `/bin/true & first=$!; wait; n=0; while [ $n -lt 30 ]; do ${again}; n=$((n+1)); done; exec sleep 8000`
      )
      release()
      await recording.exec(sleeps('8000'))
      const exits = await waitUntil(
        () => {
          const found = recording.managed.filter(({ kind }) => kind === 'exit')
          return found.length >= 31 && found
        },
        () => recording.story()
      )
      expect(exits).toHaveLength(31)
      expect(new Set(exits.map(({ process }) => process.exec_id)).size).toBe(31)
      // others may have taken the number now and then
      expect(new Set(exits.map(({ process }) => process.pid)).size).toBeLessThan(25)
      expect(recording.managed.filter(({ kind }) => kind === 'exec')).toHaveLength(31 + 1)
    }
  )

  test('what leaves the tree by a second fork and a session of its own stays in the records', async () => {
    recording = new Recording()
    const { release } = recording.track('setsid sh -c "sleep 1000 &" & wait; exec sleep 2000')
    release()
    const daemon = await recording.exec(sleeps('1000'))
    expect(daemon.node).toBe('worker')
    process.kill(daemon.process.pid, 'SIGKILL')
    expect(await recording.exitOf(daemon.process.pid)).toMatchObject({ signal: 'SIGKILL', node: 'worker' })
  })

  test.skipIf(lacksCompiler !== '')(`a first thread that ends before the others ${lacksCompiler}`, async () => {
    recording = new Recording()
    const program = programs.compile('leader-first')
    const { leader, say, release, child } = recording.track(`exec ${program}`)
    onTestFinished(() => void child.kill('SIGKILL'))
    release()
    await recording.exec(({ process }) => process.binary === program)
    await waitUntil(() => recording.table.inspect(leader.pid)?.state === 'Z', 'the first thread to end')
    // another process comes and goes meanwhile: its exit is told, the other's is not
    expect(recording.of(leader.pid, 'exit')).toEqual([])
    say('end')
    const exit = await recording.exitOf(leader.pid)
    expect(exit).toMatchObject({ status: 5, process: { binary: program } })
    expect(exit.process.tid).not.toBe(leader.pid)
    expect(recording.recorder.cache.byPid(leader.pid)).not.toHaveProperty('tid')
  })

  test('a program of many threads is over when it is over', async () => {
    recording = new Recording()
    const script =
      'new (require("worker_threads").Worker)("setTimeout(() => process.exit(3), 200)", {eval: true}); setTimeout(() => process.exit(9), 400)'
    const { leader, release } = recording.track(`exec ${process.execPath} -e '${script}'`)
    release()
    const exit = await recording.exitOf(leader.pid)
    expect(exit).toMatchObject({ status: 9, process: { binary: expect.stringContaining('node') } })
    expect(recording.of(leader.pid, 'exit')).toHaveLength(1)
  })

  test('after a loss the living are found, and the ends are told', async () => {
    let deaf = false
    const deafen = (tap: ProcessTap): ProcessTap => ({
      ...tap,
      get listener() {
        return deaf ? undefined : tap.listener
      }
    })
    recording = new Recording({ tap: deafen })
    const { leader, say, release } = recording.track('sleep 3000 & first=$!; read _; kill -KILL $first; sleep 4000 & wait; exec sleep 5000')
    release()
    const first = await recording.exec(sleeps('3000'))
    deaf = true
    say('go')
    const fourth = await waitUntil(
      async () => (await recording.table.members('worker')).find(({ command }) => command === 'sleep 4000'),
      'the second sleep'
    )
    await waitUntil(() => recording.table.inspect(first.process.pid)?.state !== 'S', 'the end of the first')
    // whatever was told of it has been read by the table, and not by us
    await recording.table.members('worker')
    deaf = false
    expect(recording.of(fourth.pid)).toEqual([])
    recording.recorder.drained('lost')
    expect(recording.losses).toBe(1)
    await recording.refresh()
    const found = await recording.exec(({ process }) => process.pid === fourth.pid)
    expect(found).toMatchObject({
      source: 'scan',
      node: 'worker',
      process: { flags: expect.stringContaining('procFS'), arguments: '4000' },
      parent: { pid: leader.pid }
    })
    const exit = await recording.exitOf(first.process.pid)
    expect(exit.process.exec_id).toBe(first.process.exec_id)
    expect(recording.recorder.counts().losses).toBe(1)
  })

  test('where all are recorded, those of no tree are too, and those that were there before', async () => {
    recording = new Recording({ scope: 'all' })
    await recording.exec(({ process }) => process.pid === 1)
    const child = recording.processes.spawn('sh', ['-c', 'exec sleep 6000'], { stdio: 'ignore' })
    const told = await recording.exec(sleeps('6000'))
    expect(told).toMatchObject({ process: { pid: child.pid }, source: 'events' })
    expect(told.node).toBeUndefined()
    child.kill('SIGKILL')
    expect(await recording.exitOf(child.pid ?? 0)).toMatchObject({ signal: 'SIGKILL' })
  })

  test('a storm of 10,000 short processes: none is missed, the loop answers, the memory comes back', { timeout: 120_000 }, async () => {
    recording = new Recording({ sweepMs: 200 })
    const count = 10_000
    const script = `n=0; while [ $n -lt ${count / 2} ]; do (exit 0); /bin/true; n=$((n+1)); done; exec sleep 7000`
    const { leader, release } = recording.track(script)
    // in CPU time: a machine that has others to serve is not our delay
    let longest = 0
    let last = cpuMs()
    const beat = setInterval(() => {
      const now = cpuMs()
      longest = Math.max(longest, now - last)
      last = now
    }, 5)
    release()
    await waitUntil(
      () => recording.records.some(sleeps('7000')),
      () => `${recording.managed.length} records`,
      100_000
    )
    await waitUntil(
      () => recording.managed.filter(({ kind }) => kind === 'exit').length >= count,
      () => `${recording.managed.length} records`
    )
    clearInterval(beat)
    const exits = recording.managed.filter(({ kind }) => kind === 'exit')
    expect(exits).toHaveLength(count)
    expect(new Set(exits.map(({ process }) => process.exec_id)).size).toBe(count)
    expect(exits.every(({ parent, status, time }) => parent?.pid === leader.pid && status === 0 && time !== '')).toBe(true)
    expect(exits.filter(({ process }) => process.flags.startsWith('execve'))).toHaveLength(count / 2)
    expect(recording.losses).toBe(0)
    expect(longest).toBeLessThan(150)
    const { cache } = recording.recorder
    await waitUntil(
      () => cache.counts().size < 30,
      () => `${cache.counts().size} images`
    )
    expect(cache.counts()).toMatchObject({ evictions: 0, earlyDeletions: 0 })
  })
})

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return process.getuid?.() === 0
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return false
  }
}
