import { afterEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import type { PipeMeans } from '../../src/core/spawn/output-pipes.ts'
import { fixture } from '../helpers/node-settings.ts'
import { Spawning } from '../helpers/spawning.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let spawning = new Spawning()
const start = (options: ConstructorParameters<typeof Spawning>[0] = {}): Spawning => {
  spawning = new Spawning(options)
  return spawning
}
afterEach(() => spawning.cleanUp())

const nobody = { user: 'nobody', group: undefined, supplementaryGroups: undefined }
const isRoot = process.geteuid?.() === 0

const means: readonly PipeMeans[] = libc() === undefined ? ['fifo'] : ['pipe', 'fifo']

describe.each(means)('output over a %s', (pipes) => {
  test('both streams arrive line by line, and can be opened again by name', async () => {
    const run = await start({ pipes }).run({
      argv: ['sh', '-c', 'echo one; echo two >/dev/stdout; echo three >/dev/stderr; printf "four\\r\\nfive"']
    })
    expect((await run.exit).code).toBe(0)
    await waitUntil(
      () => run.lines.length === 5,
      () => `five lines, not ${run.lines}`
    )
    expect([...run.lines].sort()).toEqual(['five', 'four', 'one', 'three', 'two'])
  })

  test.skipIf(!isRoot)('another user can open its stdout by name too (needs root)', async () => {
    const run = await start({ pipes }).run({ argv: ['sh', '-c', 'id -un; echo named >/dev/stdout && echo "opened"'], credentials: nobody })
    expect((await run.exit).code).toBe(0)
    await waitUntil(
      () => run.lines.length === 3,
      () => `three lines, not ${run.lines}`
    )
    expect(run.lines).toEqual(['nobody', 'named', 'opened'])
  })
})

test('over a socketpair, lines arrive; /dev/stdout cannot be opened (what real pipes are for)', async () => {
  const run = await start({ pipes: 'socketpair' }).run({
    argv: ['sh', '-c', 'echo one; if (echo two >/dev/stdout) 2>/dev/null; then echo opened; else echo refused; fi']
  })
  await run.line('refused')
  expect(run.lines).toEqual(['one', 'refused'])
  expect(spawning.spawner.facilities.find(({ name }) => name === 'real-pipes')).toMatchObject({ available: false })
})

test('scenario 12: a flood does not block the program for good, is bounded, and starves nobody', async () => {
  let longestPause = 0
  let last = performance.now()
  const pulse = setInterval(() => {
    longestPause = Math.max(longestPause, performance.now() - last)
    last = performance.now()
  }, 10)
  try {
    const run = await start().run({ argv: [fixture('line-flood.py'), '60'] })
    expect((await run.exit).code).toBe(0)
    await waitUntil(
      () => run.lines.length + run.dropped >= 1_200_000,
      () => `all lines, not ${run.lines.length} and ${run.dropped} dropped`
    )
    expect(run.dropped).toBeGreaterThan(run.lines.length)
    expect(run.lines.length).toBeLessThan(200_000)
    expect(run.lines.every((line) => /^(ready \d+|\d{7} the quick brown fox jumps over the lazy dog|flood over)$/.test(line))).toBe(true)
    expect(longestPause).toBeLessThan(400)
  } finally {
    clearInterval(pulse)
  }
})

test('a line without end is cut, and the program goes on', async () => {
  const run = await start().run({ argv: ['sh', '-c', 'head -c 300000 /dev/zero | tr "\\0" x; echo; echo after'] })
  await run.line('after')
  expect(run.lines.length).toBeGreaterThanOrEqual(5)
  expect(run.lines.join('').length).toBe(300_005)
  expect(Math.max(...run.lines.map((line) => line.length))).toBe(65_536)
})

test('scenario 10: when the tree is given up, a stranger that holds stdout does not keep it open', async () => {
  const run = await start().run({ argv: [fixture('orphan-maker.py'), 'leave'] })
  await run.line('ready')
  await run.exit
  const open = () => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length
  const before = open()
  run.child.close()
  await waitUntil(
    () => open() <= before - 2,
    () => `both pipes to be closed: ${before} before, ${open()} now`
  )
  expect(spawning.processes.alive()).toHaveLength(1)
})

test('what was written just before the end is not lost when the tree is closed', async () => {
  const run = await start().run({ argv: ['sh', '-c', 'seq 1 900'] })
  run.child.onExit(() => run.child.close())
  await waitUntil(
    () => run.lines.length === 900,
    () => `900 lines, not ${run.lines.length}`
  )
  expect(run.lines.at(-1)).toBe('900')
})
