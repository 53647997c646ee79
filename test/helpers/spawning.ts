import { createSystemClock } from '../../src/core/clock.ts'
import type { Failure } from '../../src/core/errors.ts'
import type { Child } from '../../src/core/ports.ts'
import type { ExitStatus } from '../../src/core/receipt.ts'
import type { NodeSettings } from '../../src/core/settings.ts'
import { createSpawner, type SpawnerOptions } from '../../src/core/spawn/spawner.ts'
import { nodeSettings } from './node-settings.ts'
import { TestProcesses } from './processes.ts'
import { waitUntil } from './wait-until.ts'

/** A child of a test, and what has been seen of it. */
export interface Spawned {
  readonly child: Child
  readonly lines: string[]
  /** Resolves with the exit status of the leader. */
  readonly exit: Promise<ExitStatus>
  dropped: number
  /** Waits for a line that begins so, and gives its words. */
  line(start: string): Promise<readonly string[]>
}

/** A real spawner whose children carry the mark of this test, so that nothing can be left behind unseen. */
export class Spawning {
  readonly processes = new TestProcesses()
  readonly problems: Failure[] = []
  readonly spawner
  #cookies = 0

  constructor(options: Partial<SpawnerOptions> = {}) {
    const emitProblem = (failure: Failure): void => void this.problems.push(failure)
    this.spawner = createSpawner({ clock: createSystemClock(), emitProblem, subreaper: false, refuseUnsafe: false, ...options })
  }

  /** A child that waits at the gate. */
  async waiting(given: Partial<NodeSettings> & Pick<NodeSettings, 'argv'>) {
    const settings = nodeSettings(given)
    const env = { ...settings.env, TEST_OF_TSUPERVISE: this.processes.mark }
    const lines: string[] = []
    const counted = { dropped: 0 }
    const made = await this.spawner.spawn({
      settings: { ...settings, env },
      cookie: `cookie-${this.processes.mark}-${++this.#cookies}`,
      onLine: (_stream, line) => void lines.push(line),
      onDropped: (_stream, count) => {
        counted.dropped += count
      }
    })
    return { made, lines, counted }
  }

  /** A child that runs. */
  async run(given: Partial<NodeSettings> & Pick<NodeSettings, 'argv'>): Promise<Spawned> {
    const { made, lines, counted } = await this.waiting(given)
    if (!made.ok) throw new Error(`not spawned: ${made.error.code}: ${made.error.message}`)
    const child = made.value
    const exit = new Promise<ExitStatus>((resolve) => child.onExit(resolve))
    const released = await child.release()
    if (!released.ok) throw new Error(`not released: ${released.error.code}: ${released.error.message}`)
    return {
      child,
      lines,
      exit,
      get dropped() {
        return counted.dropped
      },
      line: async (start) => {
        const found = await waitUntil(
          () => lines.find((line) => line.startsWith(start)),
          () => `a line that begins with ${JSON.stringify(start)}, among ${JSON.stringify(lines.slice(0, 20))}`
        )
        return found.split(' ')
      }
    }
  }

  /** Why a child does not come to run. */
  async failure(given: Partial<NodeSettings> & Pick<NodeSettings, 'argv'>): Promise<Failure> {
    const { made } = await this.waiting(given)
    if (!made.ok) return made.error
    const released = await made.value.release()
    if (!released.ok) return released.error
    throw new Error('it runs')
  }

  /** What was still alive. */
  async cleanUp(): Promise<number> {
    const left = this.processes.alive().length
    await waitUntil(() => this.processes.cleanUp().length === 0, 'the end of what the test left')
    this.spawner.close()
    return left
  }
}
