import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { tableScenarios } from './table-scenarios.ts'
import { commands, endAll, TestProcesses, track } from './tracking.ts'

const hasPs = spawnSync('ps', ['-o', 'pid=', '-p', String(process.pid)]).status === 0

describe.skipIf(!hasPs)(`the portable table${hasPs ? '' : ' (no ps here)'}`, () => {
  tableScenarios('on ps-tree and pidusage', () => createProcessTable({ sampler: 'portable', clock: createSystemClock() }), {
    pss: false,
    exits: false
  })

  test('an orphan whose parents no look saw is known by session, group or cookie, and only by those of the tree', async () => {
    const processes = new TestProcesses()
    const table = createProcessTable({ sampler: 'portable', clock: createSystemClock() })
    try {
      const cookie = `tree-${processes.mark}`
      const script = '(sleep 212 &) ; exec sleep 213'
      const tracked = track(table, processes, script, { cookie })
      // at once: only the leader is known by then
      await table.members('worker')
      tracked.release()
      const away = processes.spawn('sh', ['-c', '(setsid sleep 214 &)'], { env: { TSUPERVISE_TREE: cookie } })
      const other = processes.spawn('sh', ['-c', '(setsid sleep 215 &)'], { env: { TSUPERVISE_TREE: `${cookie}0` } })
      await Promise.all([once(away, 'exit'), once(other, 'exit')])
      await waitUntil(() => processes.alive().length === 4, 'all four')
      await waitUntil(async () => (await commands(table)).length === 3, 'the three of the tree')
      expect((await commands(table)).sort()).toEqual(['sleep 212', 'sleep 213', 'sleep 214'])
    } finally {
      await endAll(processes)
      table.close()
    }
  })

  test('says that it is the portable one', async () => {
    const table = createProcessTable({ sampler: 'portable', clock: createSystemClock() })
    expect(table.sampler).toBe('portable')
    expect(table.facilities.every((facility) => !facility.available && facility.detail !== '')).toBe(true)
    expect(await table.pss('nothing')).toBeUndefined()
    table.close()
  })
})
