import { afterEach, describe, expect, test, vi } from 'vitest'
import { waitUntil } from '../helpers/wait-until.ts'

// before anything loads the native calls
vi.hoisted(() => {
  process.env['TSUPERVISE_NATIVE'] = '0'
})
const { Recording } = await import('./recording.ts')

let recording: InstanceType<typeof Recording>
afterEach(() => recording.close())

describe.skipIf(process.platform !== 'linux')('where nothing is heard', () => {
  test('a scan finds what lives long enough, with its parent, and tells its end', async () => {
    recording = new Recording()
    expect(recording.hears).toBe(false)
    const { leader, release } = recording.track('sleep 1234 & exec sleep 4321')
    release()
    await waitUntil(async () => (await recording.table.members('worker')).length === 2, 'both')
    await waitUntil(
      async () => (await recording.table.members('worker')).every(({ command }) => command.startsWith('sleep')),
      'both to sleep'
    )
    await recording.refresh()
    const child = recording.managed.find(({ process }) => process.arguments === '1234')
    expect(child).toMatchObject({ kind: 'exec', source: 'scan', node: 'worker', process: { flags: expect.stringContaining('procFS') } })
    expect(recording.of(leader.pid, 'exec').at(-1)?.process.arguments).toBe('4321')
    expect(child?.parent?.exec_id).toBe(recording.table.inspect(leader.pid)?.execId)
    process.kill(child?.process.pid ?? 0, 'SIGKILL')
    await waitUntil(
      async () => {
        await recording.refresh()
        return recording.of(child?.process.pid ?? 0, 'exit')[0]
      },
      () => recording.story()
    )
  })

  test('a program that was executed since is told again, under the same id', async () => {
    recording = new Recording()
    const { leader, say, release } = recording.track('read _; exec sleep 4322')
    release()
    await recording.refresh()
    const before = recording.of(leader.pid, 'exec')
    expect(before.at(-1)?.process.binary).toMatch(/sh$/)
    say('go')
    await waitUntil(
      async () => {
        await recording.refresh()
        return recording.of(leader.pid, 'exec').at(-1)?.process.arguments === '4322'
      },
      () => recording.story()
    )
    const ids = new Set(recording.of(leader.pid).map(({ process }) => process.exec_id))
    expect(ids.size).toBe(1)
    await recording.refresh()
    expect(recording.of(leader.pid, 'exec')).toHaveLength(before.length + 1)
  })

  test('what lives shorter than a look is not seen', async () => {
    recording = new Recording()
    const { release } = recording.track('/bin/true; exec sleep 4323')
    release()
    await waitUntil(async () => (await recording.table.members('worker')).some(({ command }) => command === 'sleep 4323'), 'the sleep')
    await recording.refresh()
    expect(recording.managed.some(({ process }) => process.binary.endsWith('true'))).toBe(false)
  })

  test('all of the host, again and again', async () => {
    recording = new Recording({ scope: 'all' })
    const child = recording.processes.spawn('sleep', ['4324'], { stdio: 'ignore' })
    await recording.exec(({ process }) => process.pid === child.pid)
    child.kill('SIGKILL')
    await recording.exitOf(child.pid ?? 0)
  })
})
