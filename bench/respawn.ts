import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Starts } from './harness/starts.ts'
import { figure, quantile } from './harness/statistics.ts'
import { availablePeers, naiveLoop, type Supervisor, tsupervise } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'

const KILLS = 200

/** Death (SIGKILL) to the next start, ms, one value a kill. */
async function measure(supervisor: Supervisor, kills: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const starts = new Starts(folder)
  const running = supervisor.start(folder, starts.command, process.env)
  try {
    const delays: number[] = []
    let alive = await starts.next()
    for (let kill = 0; kill < kills; kill++) {
      const at = performance.now()
      process.kill(alive.pid, 'SIGKILL')
      alive = await starts.next()
      delays.push(alive.at - at)
    }
    return delays
  } finally {
    await running.stop()
    starts.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Death to respawn with delay 0 against the peers that are installed. Those that wait a second are measured fewer times. */
export async function benchRespawn(): Promise<void> {
  const naive = await measure(naiveLoop, KILLS)
  const rows = [[naiveLoop.name, ...cells(naive, naive)]]
  for (const supervisor of [tsupervise, ...availablePeers()]) {
    const delays = await measure(supervisor, supervisor.name === 'supervisord' ? 20 : KILLS)
    rows.push([supervisor.name, ...cells(delays, naive)])
  }
  printTable(`Death to respawn, ${KILLS} kills`, ['', 'p50 ms', 'p99 ms', 'p50 less the naive loop, ms', 'p99 to the naive loop'], rows)
}

function cells(delays: readonly number[], naive: readonly number[]): string[] {
  const p50 = quantile(delays, 0.5)
  const p99 = quantile(delays, 0.99)
  return [figure(p50), figure(p99), figure(p50 - quantile(naive, 0.5)), figure(p99 / quantile(naive, 0.99))]
}
