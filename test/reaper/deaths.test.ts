import { afterEach, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { createDescriptorBudget } from '../../src/core/linux/descriptors.ts'
import { createReadinessWatch } from '../../src/core/linux/epoll.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { createDeaths, type Deaths, type Pin } from '../../src/core/reaper/deaths.ts'
import { identityOf, killIdentity, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
  processes.cleanUp()
})

function watching(pidfds: boolean): { deaths: Deaths; told: number[]; budget: ReturnType<typeof createDescriptorBudget> } {
  const told: number[] = []
  const budget = createDescriptorBudget(1000)
  const readiness = pidfds ? createReadinessWatch((error) => expect.unreachable(String(error))) : undefined
  const deaths = createDeaths({
    clock: createSystemClock(),
    reader: createProcReader(),
    budget,
    readiness: readiness?.ok === true ? readiness.value : undefined,
    intervalMs: () => 20,
    compareStartTimes: () => true,
    onDeath: ({ pid }) => void told.push(pid)
  })
  closers.push(() => {
    deaths.close()
    if (readiness?.ok === true) readiness.value.close()
  })
  return { deaths, told, budget }
}

function sleeper() {
  const identity = identityOf(processes.spawn('sleep', ['1000'], { stdio: 'ignore' }).pid ?? 0)
  if (identity === undefined) throw new Error('no process')
  return identity
}

function pinned(pin: ReturnType<Deaths['pin']>): Pin {
  if (typeof pin === 'string') throw new Error(pin)
  return pin
}

const KINDS = libc() === undefined ? [false] : [true, false]

test.each(KINDS)(
  'who watched a process takes nothing from who watches a later one of the same number and start time; pidfds: %s',
  async (pidfds) => {
    const { deaths, told, budget } = watching(pidfds)
    const [first, second] = [sleeper(), sleeper()]
    // within one clock tick both look the same: here the second is given out for the first
    const old = deaths.watch(first, pinned(deaths.pin(first.pid)))
    killIdentity(first)
    await waitUntil(() => told.length === 1, 'the death to be told')
    const now = deaths.watch(first, pinned(deaths.pin(second.pid)))
    deaths.unwatch(old)
    expect([deaths.holds(first), budget.used]).toEqual([true, 1])
    deaths.unwatch(now)
    expect(deaths.holds(first)).toBe(false)
    expect([told, budget.used]).toEqual([[first.pid], 0])
  }
)

test.each(KINDS)('watching twice counts twice, and every descriptor is given back; pidfds: %s', async (pidfds) => {
  const { deaths, told, budget } = watching(pidfds)
  const process = sleeper()
  const watch = deaths.watch(process, pinned(deaths.pin(process.pid)))
  deaths.watch(process, pinned(deaths.pin(process.pid)))
  expect(budget.used).toBe(1)
  deaths.unwatch(watch)
  expect(deaths.holds(process)).toBe(true)
  killIdentity(process)
  await waitUntil(() => told.length === 1, 'the death to be told')
  expect(budget.used).toBe(0)
})
