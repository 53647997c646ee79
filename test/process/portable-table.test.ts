import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { tableScenarios } from './table-scenarios.ts'

const hasPs = spawnSync('ps', ['-o', 'pid=', '-p', String(process.pid)]).status === 0

describe.skipIf(!hasPs)(`the portable table${hasPs ? '' : ' (no ps here)'}`, () => {
  tableScenarios('on ps-tree and pidusage', () => createProcessTable({ sampler: 'portable', clock: createSystemClock() }), {
    pss: false,
    exits: false
  })

  test('says that it is the portable one', async () => {
    const table = createProcessTable({ sampler: 'portable', clock: createSystemClock() })
    expect(table.sampler).toBe('portable')
    expect(table.facilities.every((facility) => !facility.available && facility.detail !== '')).toBe(true)
    expect(await table.pss('nothing')).toBeUndefined()
    table.close()
  })
})
