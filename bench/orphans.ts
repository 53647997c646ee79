import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { figure, median, quantile } from './harness/statistics.ts'
import { printTable } from './harness/table.ts'
import { cpuMs, cpuRate, openDescriptors, residentBytes } from './harness/usage.ts'
import { type CompiledPrograms, compileAll, Families } from './orphans/programs.ts'
import { type Reaping, type ReapingOptions, startReaping } from './orphans/supervisor.ts'
import { PING, REGISTER, UNREGISTER, Wire } from './orphans/wire.ts'
import { type Population, startPopulation } from './sampling/population.ts'

const DEATHS = 500
/** The sweep takes seconds for each. */
const SWEPT_DEATHS = 100
const CHILDREN = 5000
const ROUNDS = 5
const MESSAGES = 200_000
const IDLE_SECONDS = 10

/** The orphan reaper: how fast it hears of a death, takes registrations, and what holding them costs. */
export async function benchOrphans(): Promise<void> {
  const programs = compileAll()
  try {
    await benchDeaths(programs)
    await benchMessages(programs)
    await benchHolding(programs)
  } finally {
    programs.remove()
  }
}

async function withReaping<T>(options: ReapingOptions, use: (reaping: Reaping, wire: Wire) => Promise<T>): Promise<T> {
  const reaping = await startReaping(options)
  try {
    const wire = await Wire.open(reaping.socket)
    const result = await use(reaping, wire)
    wire.close()
    return result
  } finally {
    await reaping.end()
  }
}

async function benchDeaths(programs: CompiledPrograms): Promise<void> {
  const oneByOne = (options: ReapingOptions) =>
    withReaping(options, async (_, wire) => {
      const families = new Families(programs.families)
      const delays: number[] = []
      for (let death = 0; death < DEATHS; death++) {
        const made = await families.make(1)
        await wire.send(made.map(({ parent, child }) => ({ parent, child, code: REGISTER })))
        await pause(5)
        for (const family of made) families.end(family)
        delays.push(...(await families.delays(1)))
      }
      await families.close()
      return delays
    })
  const swept = () =>
    withReaping({ env: { TSUPERVISE_NATIVE: '0' }, args: ['--orphan-interval', '2'] }, async (_, wire) => {
      const families = new Families(programs.families)
      const made = await families.make(SWEPT_DEATHS)
      await wire.send(made.map(({ parent, child }) => ({ parent, child, code: REGISTER })))
      for (const family of made) {
        families.end(family)
        await pause(Math.random() * 80)
      }
      const delays = await families.delays(SWEPT_DEATHS)
      await families.close()
      return delays
    })
  const rows: [string, readonly number[], string][] = [
    ['headless', await oneByOne({}), '< 10'],
    ['on the screen', await oneByOne({ onTerminal: true }), '< 50'],
    ["without native calls: a sweep every 2 s, as the reference's", await swept(), '-']
  ]
  printTable(
    "Death of a parent to the signal at its child's",
    ['', 'deaths', 'p50 ms', 'p99 ms', 'target p99 ms'],
    rows.map(([name, delays, target]) => [
      name,
      String(delays.length),
      figure(quantile(delays, 0.5)),
      figure(quantile(delays, 0.99)),
      target
    ])
  )
}

/** CPU that a C program needs to open, read and close the stat file of each child, us. */
function floorOf(programs: CompiledPrograms, { pids }: Population): number {
  const output = execFileSync(programs.floor, ['20', '0'], { input: pids.join('\n'), encoding: 'utf8' })
  return Number(output) / pids.length
}

async function benchMessages(programs: CompiledPrograms): Promise<void> {
  const population = await startPopulation(programs, CHILDREN, 0)
  try {
    const floor = floorOf(programs, population)
    const { leader, pids } = population
    const all = (code: number) => pids.map((child) => ({ parent: leader, child, code }))
    const row = (name: string, count: number, ms: number, cpu: number, target: string): string[] => [
      name,
      String(count),
      String(Math.round((count / ms) * 1000)),
      String(Math.round((count / cpu) * 1000)),
      figure((cpu * 1000) / count / floor),
      target
    ]
    const measure = async (reaping: Reaping, wire: Wire, messages: Parameters<Wire['send']>[0]) => {
      const before = cpuMs(reaping.pid)
      const ms = await wire.send(messages)
      return { ms, cpu: cpuMs(reaping.pid) - before }
    }
    const registering = (options: ReapingOptions) =>
      withReaping(options, async (reaping, wire) => {
        const found: { ms: number; cpu: number }[] = []
        for (let round = 0; round < ROUNDS; round++) {
          found.push(await measure(reaping, wire, all(REGISTER)))
          await wire.send(all(UNREGISTER))
          await pause(500)
        }
        return { ms: median(found.map(({ ms }) => ms)), cpu: median(found.map(({ cpu }) => cpu)) }
      })
    const repeated = await withReaping({}, async (reaping, wire) => {
      await wire.send(all(REGISTER))
      await pause(500)
      const duplicates = Array.from({ length: MESSAGES }, (_, index) => ({
        parent: leader,
        child: pids[index % pids.length] ?? 0,
        code: REGISTER
      }))
      const pings = Array.from({ length: MESSAGES }, () => ({ parent: 1, child: 0xffff_ffff, code: PING }))
      return { pings: await measure(reaping, wire, pings), duplicates: await measure(reaping, wire, duplicates) }
    })
    const told = await registering({})
    const untold = await registering({ args: ['--orphan-debug', '2'] })
    printTable(
      `Messages on one connection; CPU as times of a C program that reads the stat file of a process (${figure(floor)} us)`,
      ['', 'messages', 'a second', 'a CPU second', 'CPU of one', 'target a second'],
      [
        row('different children, each told in the log and the event file', CHILDREN, told.ms, told.cpu, '10,000'),
        row('different children, --orphan-debug 2', CHILDREN, untold.ms, untold.cpu, '10,000'),
        row('registered already', MESSAGES, repeated.duplicates.ms, repeated.duplicates.cpu, '100,000'),
        row('pings', MESSAGES, repeated.pings.ms, repeated.pings.cpu, '100,000')
      ]
    )
  } finally {
    await population.end()
  }
}

/** Pairs of so many parents with so many children each. */
const SIZES = [
  [0, 0],
  [1, 1],
  [10, 100],
  [256, 256]
] as const

async function benchHolding(programs: CompiledPrograms): Promise<void> {
  const population = await startPopulation(programs, 512, 0)
  const rows: string[][] = []
  try {
    for (const [parents, children] of SIZES) {
      const pairs = population.pids
        .slice(0, parents)
        .flatMap((parent) => population.pids.slice(256, 256 + children).map((child) => ({ parent, child, code: REGISTER })))
      rows.push(
        await withReaping({}, async ({ pid }, wire) => {
          if (pairs.length > 0) await wire.send(pairs)
          await pause(3000)
          const cpu = await cpuRate(pid, IDLE_SECONDS)
          return [String(pairs.length), String(openDescriptors(pid)), figure(residentBytes(pid) / 2 ** 20), figure(cpu)]
        })
      )
    }
  } finally {
    await population.end()
  }
  printTable('What registrations cost while nothing happens', ['registrations', 'descriptors', 'resident MB', 'CPU ms/s'], rows)
}
