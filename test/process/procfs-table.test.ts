import { describe } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { tableScenarios } from './table-scenarios.ts'

describe.skipIf(process.platform !== 'linux')('procfs', () => {
  const native = libc() !== undefined
  tableScenarios(
    native ? 'the table on /proc with native calls' : 'the table on /proc',
    () => createProcessTable({ sampler: 'procfs', clock: createSystemClock() }),
    { pss: true, exits: native }
  )
})
