import { describe, expect, test, vi } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { tableScenarios } from './table-scenarios.ts'

// before anything loads the native calls
vi.hoisted(() => {
  process.env['TSUPERVISE_NATIVE'] = '0'
})
const { createProcessTable } = await import('../../src/core/process/table.ts')

describe.skipIf(process.platform !== 'linux')('procfs without native calls', () => {
  tableScenarios('the table on /proc without native calls', () => createProcessTable({ sampler: 'procfs', clock: createSystemClock() }), {
    pss: true,
    exits: false
  })

  test('names what is missing and what takes its place', () => {
    const table = createProcessTable({ sampler: 'procfs', clock: createSystemClock() })
    // whether there is a writable cgroup does not depend on native calls
    const missing = table.facilities.filter((facility) => !facility.available && facility.name !== 'cgroup')
    table.close()
    expect(missing.map((facility) => facility.name)).toEqual(['native', 'pidfd', 'pidfd-group-signal', 'subreaper', 'process-events'])
    for (const facility of missing) expect(facility.detail).toMatch(/TSUPERVISE_NATIVE=0; \w+/)
  })
})
