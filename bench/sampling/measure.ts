import { readFileSync } from 'node:fs'
import { createSystemClock, pause } from '../../src/core/clock.ts'
import { createProcessTable } from '../../src/core/process/table.ts'

/**
 * `measure.ts KIND LEADER ROUNDS PAUSE_MS PID...`: one JSON line with the microseconds of CPU (own, and of children) that one refresh takes,
 * the average over ROUNDS refreshes after a warm-up. KIND: table, pidusage, ps-tree.
 */
const [kind = '', leaderText = '', roundsText = '', pauseText = '', ...pids] = process.argv.slice(2)
const leader = Number(leaderText)
const rounds = Number(roundsText)
const clock = createSystemClock()
/** JIT, kept descriptors. */
const WARM_UP = 12

const statFields = (pid: number): string[] => {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return line.slice(line.lastIndexOf(')') + 2).split(' ')
}

/** Of ended children, microseconds, in steps of 10 ms each. */
const childrenCpu = (): number => (Number(statFields(process.pid)[13]) + Number(statFields(process.pid)[14])) * 10_000

async function measure(refresh: () => Promise<unknown>): Promise<number> {
  let own = 0
  let children = 0
  for (let i = -WARM_UP; i < rounds; i++) {
    await pause(clock, Number(pauseText))
    const childrenBefore = childrenCpu()
    const before = process.cpuUsage()
    await refresh()
    const used = process.cpuUsage(before)
    if (i < 0) continue
    own += used.user + used.system
    children += childrenCpu() - childrenBefore
  }
  return (own + children) / rounds
}

async function ofTable(): Promise<number> {
  const table = createProcessTable({ sampler: 'procfs', clock })
  table.track({ node: 'bench', leader: { pid: leader, startTime: Number(statFields(leader)[19]) }, cookie: 'none', cgroup: undefined })
  const seen = (await table.refresh()).get('bench')?.processes.length
  if (seen !== pids.length + 1) throw new Error(`the table sees ${seen} processes, expected ${pids.length + 1}`)
  const us = await measure(() => table.refresh())
  table.close()
  return us
}

async function ofPidusage(): Promise<number> {
  const { default: pidusage } = await import('pidusage')
  return measure(() => pidusage([...pids]))
}

async function ofPsTree(): Promise<number> {
  const { default: psTree } = await import('ps-tree')
  return measure(() => new Promise((resolve) => void psTree(leader, (_, children) => resolve(children))))
}

// timers of the table's clock do not hold the process
const alive = setInterval(() => undefined, 60_000)
const kinds: Record<string, () => Promise<number>> = { table: ofTable, pidusage: ofPidusage, 'ps-tree': ofPsTree }
const us = await kinds[kind]?.()
clearInterval(alive)
console.log(JSON.stringify({ us }))
process.exit(0)
