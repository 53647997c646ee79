import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { statFields, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
afterEach(() => void processes.cleanUp())

test.skipIf(process.platform !== 'linux').each([['with'], ['without']])(
  '120 processes are followed with 150 descriptors, %s native calls',
  async (native) => {
    const script = 'n=0; while [ $n -lt 120 ]; do sleep 300 & n=$((n+1)); done; wait'
    const leader = processes.spawn('sh', ['-c', script]).pid ?? 0
    await waitUntil(
      () => processes.alive().length === 121,
      () => `all sleepers, ${processes.alive().length} so far`
    )
    expect(statFields(leader)).toBeDefined()
    const output = execFileSync(
      'sh',
      ['-c', 'ulimit -n 150; exec "$0" "$@"', process.execPath, join(import.meta.dirname, 'fixtures/few-descriptors.ts'), String(leader)],
      { encoding: 'utf8', timeout: 20_000, env: { ...process.env, TSUPERVISE_NATIVE: native === 'with' ? '1' : '0' } }
    )
    const seen = JSON.parse(output) as { sampled: number; members: number; withMemory: number; open: number }
    expect(seen).toMatchObject({ sampled: 121, members: 121, withMemory: 121 })
    // 64 are kept back
    expect(seen.open).toBeLessThan(150 - 20)
  }
)
