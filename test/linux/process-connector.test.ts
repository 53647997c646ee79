import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { openProcessConnector, type ProcessConnector } from '../../src/core/linux/process-connector.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
const opened = openProcessConnector()
const reason = opened.ok ? '' : opened.error.message
if (opened.ok) opened.value.close()
let connector: ProcessConnector | undefined

afterEach(() => {
  connector?.close()
  connector = undefined
  processes.cleanUp()
})

class Recorder {
  readonly parents = new Map<number, number>()
  readonly execs = new Map<number, bigint>()
  readonly births = new Map<number, bigint>()
  readonly exits = new Map<number, number>()
  threads = 0

  fork(parent: number, child: number, stamp: bigint): void {
    this.parents.set(child, parent)
    this.births.set(child, stamp)
  }
  thread(): void {
    this.threads++
  }
  exec(pid: number, stamp: bigint): void {
    this.execs.set(pid, stamp)
  }
  exit(pid: number, status: number): void {
    this.exits.set(pid, status)
  }
}

function start(): ProcessConnector {
  const result = openProcessConnector()
  if (!result.ok) throw new Error(result.error.message)
  connector = result.value
  return result.value
}

test.skipIf(opened.ok)('process events say why they are not there', () => {
  expect(reason).toMatch(/\w+/)
})

describe.skipIf(!opened.ok)(`process events${reason}`, () => {
  test('tell the fork, the exec and the exit of a child and of its child', async () => {
    const events = new Recorder()
    const source = start()
    const earliest = process.hrtime.bigint()
    const child = processes.spawn('sh', ['-c', '/bin/true; exit 3'])
    await once(child, 'exit')
    const latest = process.hrtime.bigint()
    const pid = child.pid ?? 0
    await waitUntil(() => {
      source.drain(events)
      return events.exits.has(pid)
    }, 'the exit of the child')
    expect(events.parents.get(pid)).toBe(process.pid)
    expect(events.exits.get(pid)).toBe(3 << 8)
    expect(events.execs.has(pid)).toBe(true)
    expect(events.births.get(pid)).toBeGreaterThan(earliest)
    expect(events.execs.get(pid)).toBeLessThan(latest)
    const grandchildren = [...events.parents].filter(([, parent]) => parent === pid).map(([grandchild]) => grandchild)
    expect(grandchildren).toHaveLength(1)
    expect(events.exits.get(grandchildren[0] ?? 0)).toBe(0)
  })

  test('lose nothing of 2,000 short processes that are read only afterwards, and survive collections', async () => {
    const events = new Recorder()
    const source = start()
    const child = processes.spawn('sh', ['-c', 'n=0; while [ $n -lt 2000 ]; do (exit 0); n=$((n+1)); done'])
    await once(child, 'exit')
    new Array(200_000).fill({}).map((_, i) => ({ i }))
    globalThis.gc?.()
    const pid = child.pid ?? 0
    const outcomes: string[] = []
    await waitUntil(() => {
      outcomes.push(source.drain(events))
      return events.exits.has(pid)
    }, 'the exit of the shell')
    expect(outcomes).not.toContain('lost')
    expect([...events.parents.values()].filter((parent) => parent === pid)).toHaveLength(2000)
  })

  test('an empty queue is no error', () => {
    const source = start()
    const events = new Recorder()
    for (let i = 0; i < 100; i++) source.drain(events)
    expect(source.drain(events)).toBe('complete')
  })
})
