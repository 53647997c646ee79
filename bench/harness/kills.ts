import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Starts } from './starts.ts'
import type { Supervisor } from './supervisors.ts'

/** Between a start and the kill of it: a service that has come to rest, not a loop of deaths. */
const REST_MS = 60

/** A supervisor that keeps one program alive, or as many of them as its pause between two starts of a program asks for. */
export interface Victim {
  readonly supervisor: Supervisor
  /** Death (SIGKILL) to the next start, ms, one value a kill. */
  readonly delays: number[]
  kill(times: number): Promise<void>
  end(): Promise<void>
}

interface Lane {
  readonly starts: Starts
  alive: number
  end(): Promise<void>
}

async function openLane(supervisor: Supervisor): Promise<Lane> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const starts = new Starts(folder)
  const running = supervisor.start(folder, starts.command, process.env)
  const lane: Lane = {
    starts,
    alive: 0,
    async end() {
      await running.stop()
      starts.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
  lane.alive = (await starts.next()).pid
  return lane
}

/** Starts the supervisor, `lanes` times where it starts a program at most once a second; kills go round. */
export async function openVictim(supervisor: Supervisor): Promise<Victim> {
  const lanes: Lane[] = []
  for (let lane = 0; lane < supervisor.lanes; lane++) lanes.push(await openLane(supervisor))
  const delays: number[] = []
  let turn = 0
  return {
    supervisor,
    delays,
    async kill(times) {
      for (let kill = 0; kill < times; kill++) {
        const lane = lanes[turn++ % lanes.length]
        if (lane === undefined) return
        await pause(supervisor.lanes > 1 ? 1200 / supervisor.lanes : REST_MS)
        const at = performance.now()
        process.kill(lane.alive, 'SIGKILL')
        const start = await lane.starts.next()
        delays.push(start.at - at)
        lane.alive = start.pid
      }
    },
    async end() {
      for (const lane of lanes) await lane.end()
    }
  }
}
