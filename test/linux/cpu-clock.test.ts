import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { bootOffsetNs, CLOCK_GONE, createCpuClock } from '../../src/core/linux/cpu-clock.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
afterEach(() => void processes.cleanUp())
const clock = createCpuClock()

describe.skipIf(clock === undefined)('the CPU clock of a process', () => {
  const read = (pid: number): number => clock?.(pid) ?? Number.NaN

  test('agrees with what Node says of this process', () => {
    const { user, system } = process.cpuUsage()
    const before = (user + system) / 1000
    const now = read(process.pid)
    const after = process.cpuUsage()
    expect(now).toBeGreaterThan(before - 20)
    expect(now).toBeLessThan((after.user + after.system) / 1000 + 20)
  })

  test('stands still while a process sleeps, moves when it runs, and is gone with it', async () => {
    const child = processes.spawn('sh', ['-c', 'read _; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; read _; sleep 100'], {
      stdio: ['pipe', 'inherit', 'inherit']
    })
    const pid = child.pid ?? 0
    let last = -1
    await waitUntil(() => {
      const same = read(pid) === last
      last = read(pid)
      return same
    }, 'the shell to wait for its line')
    const asleep = read(pid)
    child.stdin?.write('\n')
    await waitUntil(() => read(pid) > asleep + 5, 'the clock to move')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(read(pid)).toBe(CLOCK_GONE)
    expect(read(4_194_303)).toBe(CLOCK_GONE)
  })
})

test('the boot clock is not behind the monotonic one', () => {
  expect(bootOffsetNs()).toBeGreaterThan(-1_000_000n)
})
