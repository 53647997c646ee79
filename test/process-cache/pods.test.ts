import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import type { Failure } from '../../src/core/errors.ts'
import { connectPods } from '../../src/core/kubernetes/client.ts'
import { createPodIndex, type PodIndex } from '../../src/core/kubernetes/pod-index.ts'
import { type PodWatch, watchPods } from '../../src/core/kubernetes/pod-watch.ts'
import { createPodWait } from '../../src/core/process/cache/pod-wait.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { ApiServer } from './api-server.ts'

const id = (digit: string): string => digit.repeat(64)
const short = (digit: string): string => digit.repeat(31)

describe('the pods of a node', () => {
  let api: ApiServer
  let folder: string
  let index: PodIndex
  let watch: PodWatch | undefined
  const clock = createSystemClock()
  const before = process.env['KUBECONFIG']
  let problems: Failure[]

  beforeEach(async () => {
    api = new ApiServer()
    await api.listen()
    folder = mkdtempSync(join(tmpdir(), 'tsupervise-pods-'))
    process.env['KUBECONFIG'] = join(folder, 'config')
    writeFileSync(join(folder, 'config'), api.configuration)
    index = createPodIndex(clock)
    problems = []
  })
  afterEach(async () => {
    watch?.stop()
    await api.close()
    rmSync(folder, { recursive: true })
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
  })

  async function start(): Promise<void> {
    const connected = await connectPods('my-node')
    if (!connected.ok) throw new Error(connected.error.message)
    // failures are tried again a hundred times as fast
    const hurried = { ...clock, after: (ms: number, then: () => void) => clock.after(ms / 100, then) }
    watch = watchPods({
      client: connected.value,
      index,
      clock: hurried,
      random: () => 0,
      onProblem: (failure) => void problems.push(failure)
    })
  }

  const known = (digit: string): Promise<unknown> =>
    waitUntil(
      () => index.podOf(short(digit)),
      () => `pod ${digit}; asked ${api.asked.map(({ query }) => query).join(' ')}; problems ${JSON.stringify(problems)}`
    )
  const watched = (): Promise<unknown> =>
    waitUntil(
      () => api.watchers === 1,
      () => `one watch; ${api.watchers}; problems ${JSON.stringify(problems)}`
    )

  test('are listed page by page, then watched; only those of the node', async () => {
    api.put('a', id('a'), {
      generateName: 'a-',
      ownerReferences: [{ kind: 'ReplicaSet', name: 'a-7d4', controller: true, apiVersion: 'apps/v1', uid: 'r' }],
      labels: { 'pod-template-hash': '7d4' }
    })
    api.put('b', id('b'))
    await start()
    await known('a')
    await known('b')
    expect(index.podOf(short('a'))).toMatchObject({
      name: 'a',
      workload: 'a',
      workloadKind: 'Deployment',
      container: { id: `containerd://${id('a')}`, startedAt: '2026-01-01T00:00:00.000Z' }
    })
    await watched()
    api.put('c', id('c'))
    await known('c')
    api.put('c', id('d'))
    await known('d')
    for (const { query } of api.asked) expect(query.get('fieldSelector')).toBe('spec.nodeName=my-node')
    expect(problems).toEqual([])
    expect(api.lists).toBe(1)
  })

  test('a cut connection is made again where it was', async () => {
    api.put('a', id('a'))
    await start()
    await watched()
    api.put('b', id('b'))
    await known('b')
    const version = String(Math.max(...[...api.pods.values()].map(({ metadata }) => Number(metadata.resourceVersion))))
    api.cut()
    await watched()
    expect(api.asked.at(-1)?.query.get('resourceVersion')).toBe(version)
    api.put('c', id('c'))
    await known('c')
    expect(api.lists).toBe(1)
  })

  test('a bookmark moves the place forward', async () => {
    await start()
    await watched()
    api.silently(() => api.put('elsewhere', id('9')))
    api.bookmark()
    api.put('a', id('a'))
    await known('a')
    api.cut()
    await watched()
    expect(Number(api.asked.at(-1)?.query.get('resourceVersion'))).toBeGreaterThanOrEqual(102)
  })

  test.each<[string, (api: ApiServer) => void]>([
    ['in the watch', (server) => server.expire()],
    [
      'in answer to the next one',
      (server) => {
        server.refusals.push(410)
        server.cut()
      }
    ]
  ])('410 Gone %s: listed again, with what was missed', async (_where, expire) => {
    api.put('a', id('a'))
    await start()
    await watched()
    api.silently(() => api.put('missed', id('e')))
    expect(index.podOf(short('e'))).toBeUndefined()
    expire(api)
    await known('e')
    await watched()
    expect(api.lists).toBe(2)
    expect(watch?.lists).toBe(2)
  })

  test('a server that refuses is a problem, told once, and tried again', async () => {
    api.refusals.push(503, 503, 403)
    api.put('a', id('a'))
    await start()
    await known('a')
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ code: 'HTTP 503', message: expect.stringContaining('the list of pods') })
  })

  test('a server that is not there is a problem too', async () => {
    await api.close()
    await start()
    await waitUntil(() => problems.length > 0, 'a problem')
    expect(problems[0]?.message).toContain('the list of pods')
    expect(problems[0]?.code).toBe('ECONNREFUSED')
  })

  test('a stopped watch asks no more', async () => {
    await start()
    await watched()
    watch?.stop()
    await waitUntil(() => api.watchers === 0, 'no watch')
    const asked = api.asked.length
    api.put('a', id('a'))
    expect(api.asked).toHaveLength(asked)
    expect(index.size).toBe(0)
  })
})

describe('a deleted pod', () => {
  const podOf = (name: string, digit: string) => ({
    metadata: { namespace: 'n', name, uid: name },
    status: { containerStatuses: [{ name: 'c', containerID: `x://${id(digit)}` }] }
  })

  test('is known a minute longer, for the ends of its processes', () => {
    const clock = new FakeClock()
    const index = createPodIndex(clock)
    index.put(podOf('a', '1'))
    index.remove(podOf('a', '1'))
    clock.advance(59_000)
    expect(index.podOf(short('1'))?.name).toBe('a')
    clock.advance(2000)
    expect(index.podOf(short('1'))).toBeUndefined()
    expect(index.size).toBe(0)
  })

  test('or one that a new list does not have; one that came back stays', () => {
    const clock = new FakeClock()
    const index = createPodIndex(clock)
    index.put(podOf('a', '1'))
    index.put(podOf('b', '2'))
    index.replace([podOf('b', '2'), podOf('c', '3')])
    index.put(podOf('c', '4'))
    clock.advance(61_000)
    expect(['1', '2', '3', '4'].map((digit) => index.podOf(short(digit))?.name)).toEqual([undefined, 'b', 'c', 'c'])
    index.remove(podOf('b', '2'))
    index.put(podOf('b', '5'))
    clock.advance(61_000)
    expect(index.podOf(short('5'))?.name).toBe('b')
  })

  test('restarts without end do not fill the memory', () => {
    const index = createPodIndex(new FakeClock())
    for (let life = 0; life < 1000; life++)
      index.put({
        ...podOf('a', '1'),
        status: { containerStatuses: [{ name: 'c', containerID: `x://${String(life).padStart(64, '0').split('').reverse().join('')}` }] }
      })
    expect(index.size).toBeLessThanOrEqual(2)
  })
})

describe('a record whose pod is not known yet', () => {
  test('waits for it, with those behind it, and not for ever', () => {
    const clock = new FakeClock()
    const pods = new Set<string>()
    const written: string[] = []
    const wait = createPodWait({ clock, isKnown: (container) => pods.has(container) })
    const push = (name: string, container?: string): void => wait.push(container, () => void written.push(name))
    push('host')
    push('first', 'x')
    push('behind')
    expect(written).toEqual(['host'])
    pods.add('x')
    clock.advance(2000)
    expect(written).toEqual(['host', 'first', 'behind'])
    push('never', 'y')
    clock.advance(28_000)
    expect(written).toHaveLength(3)
    clock.advance(3000)
    expect(written.at(-1)).toBe('never')
    expect(wait.failures).toBe(1)
    expect(clock.pending).toBe(0)
    push('at the end', 'z')
    wait.flush()
    expect(written.at(-1)).toBe('at the end')
  })

  test('is written at once where too many wait', () => {
    const wait = createPodWait({ clock: new FakeClock(), isKnown: () => false })
    let written = 0
    for (let record = 0; record < 20_000; record++) wait.push('x', () => void written++)
    expect(written).toBeGreaterThan(10_000)
  })
})
