import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { createReadinessWatch, type ReadinessWatch } from '../../src/core/linux/epoll.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { closePidfd, openPidfd } from '../../src/core/linux/pidfd.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
const errors: unknown[] = []
let open: ReadinessWatch[] = []

afterEach(() => {
  for (const watch of open) watch.close()
  open = []
  errors.length = 0
  processes.cleanUp()
})

function createWatch(): ReadinessWatch {
  const created = createReadinessWatch((error) => void errors.push(error))
  if (!created.ok) throw new Error(created.error.message)
  open.push(created.value)
  return created.value
}

function pidfdOf(child: ChildProcess): number {
  const opened = openPidfd(child.pid ?? 0)
  if (!opened.ok) throw new Error(opened.error.message)
  return opened.value
}

const sleeper = (): ChildProcess => processes.spawn('sleep', ['100'], { stdio: 'ignore' })
const descriptors = (): number => readdirSync('/proc/self/fd').length

describe.skipIf(libc() === undefined)('the poll adapter', () => {
  test('tells a death, once, and before Node has reaped the child', async () => {
    const watch = createWatch()
    const child = sleeper()
    const pidfd = pidfdOf(child)
    const seen: string[] = []
    watch.add(pidfd, () => seen.push('readable'))
    child.on('exit', () => seen.push('exit'))
    child.kill('SIGKILL')
    await once(child, 'close')
    // an unread dead pidfd stays readable: it must not be told again
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual(['readable', 'exit'])
    closePidfd(pidfd)
  })

  test('refuses what cannot be watched, by name, without harm', () => {
    const watch = createWatch()
    const regular = openSync(import.meta.filename, 'r')
    expect(watch.add(regular, () => undefined)).toMatchObject({ ok: false, error: { code: 'EPERM' } })
    closeSync(regular)
    expect(watch.add(regular, () => undefined)).toMatchObject({ ok: false, error: { code: 'EBADF' } })
    expect(watch.add(-1, () => undefined)).toMatchObject({ ok: false, error: { code: 'EBADF' } })
    const child = sleeper()
    const pidfd = pidfdOf(child)
    expect(watch.add(pidfd, () => undefined).ok).toBe(true)
    expect(watch.add(pidfd, () => undefined)).toMatchObject({ ok: false, error: { code: 'EEXIST' } })
    watch.remove(pidfd)
    watch.remove(pidfd)
    closePidfd(pidfd)
  })

  test('a descriptor number that was closed and used again is not mistaken for the former', async () => {
    const watch = createWatch()
    const [former, later] = [sleeper(), sleeper()]
    const told: string[] = []
    const first = pidfdOf(former)
    watch.add(first, () => told.push('former'))
    // without remove: the kernel forgets it by itself
    closePidfd(first)
    const second = pidfdOf(later)
    expect(second).toBe(first)
    expect(watch.add(second, () => told.push('later')).ok).toBe(true)
    former.kill('SIGKILL')
    await once(former, 'exit')
    later.kill('SIGKILL')
    await waitUntil(() => told.length > 0, 'the later death')
    expect(told).toEqual(['later'])
    closePidfd(second)
  })

  test('what a callback throws is reported, and the others are still told', async () => {
    const watch = createWatch()
    const children = [sleeper(), sleeper(), sleeper()]
    const pidfds = children.map(pidfdOf)
    let told = 0
    for (const pidfd of pidfds) {
      watch.add(pidfd, () => {
        told++
        throw new Error(`from ${pidfd}`)
      })
    }
    for (const child of children) child.kill('SIGKILL')
    await waitUntil(
      () => told === 3,
      () => `three deaths, ${told} so far`
    )
    expect(errors.map(String).sort()).toEqual(pidfds.map((pidfd) => `Error: from ${pidfd}`).sort())
    for (const pidfd of pidfds) closePidfd(pidfd)
  })

  test('may be changed and closed from its own callbacks, and closed twice', async () => {
    const watch = createWatch()
    const children = Array.from({ length: 10 }, sleeper)
    const pidfds = children.map(pidfdOf)
    const told: number[] = []
    for (const pidfd of pidfds) {
      watch.add(pidfd, () => {
        told.push(pidfd)
        for (const other of pidfds) if (other !== pidfd) watch.remove(other)
        watch.close()
      })
    }
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(children.map((child) => once(child, 'close')))
    expect(told).toHaveLength(1)
    watch.close()
    expect(watch.add(pidfds[0] ?? 0, () => undefined)).toMatchObject({ ok: false, error: { code: 'facility-missing' } })
    for (const pidfd of pidfds) closePidfd(pidfd)
  })

  test('loses none of 400 deaths while descriptors come and go, memory is collected and other watches open and close', async () => {
    const before = descriptors()
    const watch = createWatch()
    // not by pid: other tests make the kernel give the same numbers away again
    const told = new Set<object>()
    let alive = 0
    for (let round = 0; round < 8; round++) {
      const children = Array.from({ length: 50 }, sleeper)
      for (const child of children) {
        const pidfd = pidfdOf(child)
        alive++
        watch.add(pidfd, () => {
          closePidfd(pidfd)
          alive--
          told.add(child)
        })
        // in and out again
        watch.remove(pidfd)
        watch.add(pidfd, () => {
          closePidfd(pidfd)
          alive--
          told.add(child)
        })
      }
      const other = createReadinessWatch((error) => void errors.push(error))
      if (other.ok) other.value.close()
      new Array(100_000).fill({}).map((_, i) => ({ i }))
      globalThis.gc?.()
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(children.map((child) => once(child, 'close')))
    }
    await waitUntil(
      () => alive === 0,
      () => `all deaths to be told, ${alive} missing`
    )
    expect(told.size).toBe(400)
    expect(errors).toEqual([])
    watch.close()
    await waitUntil(
      () => descriptors() <= before,
      () => `no descriptor to be left, ${descriptors() - before} are`
    )
  })

  test('does not keep a process running by itself', () => {
    const epoll = new URL('../../src/core/linux/epoll.ts', import.meta.url).href
    const script = `import { createReadinessWatch } from '${epoll}'; console.log(createReadinessWatch(() => {}).ok)`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 10_000 })
    expect(output.trim()).toBe('true')
  })
})
