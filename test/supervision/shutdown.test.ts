import { describe, expect, test } from 'vitest'
import type { Run, RunEnd } from '../../src/core/supervision/context.ts'
import type { NodeRunner } from '../../src/core/supervision/node-runner.ts'
import { createShutdown, type Shutdown } from '../../src/core/supervision/shutdown.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/** A run of one worker whose end, and the look for strays after it, the test decides. */
class Ending {
  readonly told: string[] = []
  readonly ends: RunEnd[] = []
  readonly strays = Promise.withResolvers<readonly []>()
  readonly shutdown: Shutdown
  #phase = 'running'

  constructor() {
    const run = {
      ports: {
        clock: new FakeClock(),
        table: { strays: () => this.strays.promise },
        emit: ({ type }: { type: string }) => void this.told.push(type)
      }
    } as unknown as Run
    const worker = {
      settings: () => ({ kind: 'worker' }),
      machine: () => ({ state: { phase: this.#phase } }),
      feed: ({ type, force }: { type: string; force: boolean }) => void this.told.push(`${type}${force ? ' by force' : ''}`)
    } as unknown as NodeRunner
    const finish = (end: RunEnd): void => void this.ends.push(end)
    this.shutdown = createShutdown({ run, runners: new Map([['worker', worker]]), closings: [], finish })
  }

  workerRests(): void {
    this.#phase = 'stopped'
    this.shutdown.advance()
  }

  async end(): Promise<RunEnd> {
    this.strays.resolve([])
    return waitUntil(() => this.ends[0], 'the end')
  }
}

const ASKED: RunEnd = { code: 0, reason: 'asked to by SIGTERM' }
const EXHAUSTED: RunEnd = { code: 1, reason: 'too many restarts', node: 'worker' }
const UNHEALTHY: RunEnd = { code: 78, reason: 'the supervisor itself' }

describe('who decides how the run ends', () => {
  test('the first reason', async () => {
    const ending = new Ending()
    ending.shutdown.begin(ASKED, false)
    ending.shutdown.begin(EXHAUSTED, false)
    ending.workerRests()
    expect(await ending.end()).toEqual(ASKED)
    expect(ending.told).toEqual(['shutdown-started', 'shutdown'])
  })

  test.each(['while the nodes end', 'while strays are looked for'])('but for 78, %s', async (moment) => {
    const ending = new Ending()
    ending.shutdown.begin(ASKED, false)
    if (moment === 'while the nodes end') ending.shutdown.begin(UNHEALTHY, false)
    ending.workerRests()
    if (moment === 'while strays are looked for') ending.shutdown.begin(UNHEALTHY, false)
    expect(await ending.end()).toEqual(UNHEALTHY)
  })

  test('not after the end', async () => {
    const ending = new Ending()
    ending.shutdown.begin(ASKED, false)
    ending.workerRests()
    await ending.end()
    ending.shutdown.begin(UNHEALTHY, true)
    expect([ending.ends, ending.told.includes('shutdown by force')]).toEqual([[ASKED], false])
  })
})
