import { openVictim, type Victim } from './harness/kills.ts'
import { figure, quantile } from './harness/statistics.ts'
import { availablePeers, naiveLoop, type Supervisor, tsupervise, tsuperviseWithoutCgroup } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'

const KILLS = 200
const BLOCKS = 10

/** Death to respawn with delay 0 against the peers that are installed; in turns, so that a noisy minute is everybody's. */
export async function benchRespawn(): Promise<void> {
  const supervisors: readonly Supervisor[] = [naiveLoop, tsupervise, tsuperviseWithoutCgroup, ...availablePeers()]
  const victims: Victim[] = []
  try {
    for (const supervisor of supervisors) victims.push(await openVictim(supervisor))
    for (let block = 0; block < BLOCKS; block++) {
      for (const victim of victims) await victim.kill(Math.round((KILLS * victim.supervisor.share) / BLOCKS))
    }
  } finally {
    for (const victim of victims) await victim.end()
  }
  const naive = victims[0]?.delays ?? []
  printTable(
    'Death to respawn, delay 0',
    ['', 'kills', 'p50 ms', 'p99 ms', 'p50 less the naive loop, ms', 'p99 to the naive loop'],
    victims.map(({ supervisor, delays }) => [supervisor.name, String(delays.length), ...cells(delays, naive)])
  )
}

function cells(delays: readonly number[], naive: readonly number[]): string[] {
  const p50 = quantile(delays, 0.5)
  const p99 = quantile(delays, 0.99)
  return [figure(p50), figure(p99), figure(p50 - quantile(naive, 0.5)), figure(p99 / quantile(naive, 0.99))]
}
