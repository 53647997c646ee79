import { pause } from '../clock.ts'
import type { Run } from './context.ts'

const GRACE_MS = 1000
const KILL_WAIT_MS = 2000
const LOOK_AGAIN_MS = 20

/** Ends what descends from the supervisor and belongs to no tree: SIGTERM, then SIGKILL until nothing is left; gives the pids that stay. */
export async function endStrays({ ports }: Run): Promise<readonly number[]> {
  const { clock, table, signaller } = ports
  const start = clock.now()
  const told = new Set<string>()
  for (;;) {
    const strays = await table.strays()
    const waited = clock.now() - start
    if (strays.length === 0 || waited > GRACE_MS + KILL_WAIT_MS) return strays.map((stray) => stray.pid)
    for (const stray of strays) {
      const key = `${stray.pid}:${stray.startTime}`
      if (waited >= GRACE_MS) signaller.signal(stray, 'SIGKILL')
      else if (!told.has(key)) {
        told.add(key)
        signaller.signal(stray, 'SIGTERM')
        signaller.signal(stray, 'SIGCONT')
      }
    }
    await pause(clock, LOOK_AGAIN_MS)
  }
}
