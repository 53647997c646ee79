import { accessSync, constants, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { fixture } from '../helpers/command.ts'
import { identityOf, isAlive } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping } from './reaping.ts'

const REUSES = 100

/** Makes processes and gives their numbers to others. */
class Recycler {
  readonly #lines: string[] = []
  readonly #process
  readonly #marker: string

  constructor(reaping: Reaping) {
    this.#marker = join(reaping.folder, 'marker')
    this.#process = reaping.processes.spawn('/usr/bin/perl', [fixture('recycle-pid.pl')], { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#process.stdout !== null) createInterface({ input: this.#process.stdout }).on('line', (line) => void this.#lines.push(line))
  }

  async #order(text: string): Promise<string> {
    const before = this.#lines.length
    this.#process.stdin?.write(`${text}\n`)
    return waitUntil(() => this.#lines[before], `an answer to ${text}`)
  }

  async fork(): Promise<Identity> {
    const pid = Number(await this.#order('fork'))
    const identity = identityOf(pid)
    if (identity === undefined) throw new Error(`the new process ${pid} is gone already`)
    return identity
  }

  end = ({ pid }: Identity): Promise<string> => this.#order(`end ${pid}`)

  /** Another process has its number, and `also` is dead, before the event loop of this process gets a turn. */
  async replace({ pid }: Identity, also?: Identity): Promise<Identity | undefined> {
    const answer = this.#order(`replace ${pid} ${this.#marker} ${also?.pid ?? ''}`)
    await new Promise<void>((resolve) => this.#process.stdin?.write('', () => resolve()))
    const deadline = performance.now() + 10_000
    while (!existsSync(this.#marker) && performance.now() < deadline);
    rmSync(this.#marker)
    // another process of this machine may have been quicker, and keep it
    if ((await answer) !== 'replaced') return undefined
    return waitUntil(() => identityOf(pid), 'the other process')
  }
}

function mayRecycle(): boolean {
  try {
    accessSync('/proc/sys/kernel/ns_last_pid', constants.W_OK)
    return process.getuid?.() === 0
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

// without root the next number cannot be chosen
describe.skipIf(!mayRecycle())('recycled numbers', () => {
  let reaping: Reaping
  let recycler: Recycler
  beforeEach(() => {
    reaping = new Reaping()
    recycler = new Recycler(reaping)
  })
  afterEach(() => reaping.dispose())

  const modes = libc() === undefined ? (['none'] as const) : (['auto', 'none'] as const)

  test.each(modes)('a child: %s, a hundred times, and never is the next one hit', async (pidfds) => {
    await reaping.start({ pidfds, intervalMs: 20, policy: { signal: 'SIGTERM', graceMs: 1000, scope: 'tree', mode: 'act' } })
    let reused = 0
    while (reused < REUSES) {
      const parent = await recycler.fork()
      const child = await recycler.fork()
      const control = await recycler.fork()
      await reaping.send(parent.pid, child.pid, REGISTER)
      await reaping.send(parent.pid, control.pid, REGISTER)
      const other = await recycler.replace(child, parent)
      await waitUntil(() => !isAlive(control), 'the control to end')
      await recycler.end(control)
      if (other === undefined) continue
      expect(isAlive(other)).toBe(true)
      await recycler.end(other)
      reused++
    }
    const hit = reaping.of('orphan-acted').filter(({ receipt }) => receipt.signals.some(({ outcome }) => outcome === 'recycled'))
    expect(hit).toEqual([])
  })

  test.each(modes)('a parent: %s, a hundred times, and the orphan never outlives it', async (pidfds) => {
    await reaping.start({ pidfds, intervalMs: 20 })
    let reused = 0
    while (reused < REUSES) {
      const parent = await recycler.fork()
      const child = await recycler.fork()
      await reaping.send(parent.pid, child.pid, REGISTER)
      const other = await recycler.replace(parent)
      await waitUntil(() => !isAlive(child), 'the orphan to end')
      await recycler.end(child)
      if (other === undefined) continue
      expect(isAlive(other)).toBe(true)
      await recycler.end(other)
      reused++
    }
    await reaping.event('orphan-acted', REUSES)
  })

  test.each(modes)('recorded, and given away while nobody watched (scenario 24): %s', async (pidfds) => {
    await reaping.start({ pidfds })
    const [parent, child, recycledParent, orphan, control] = [
      await recycler.fork(),
      await recycler.fork(),
      await recycler.fork(),
      await recycler.fork(),
      await recycler.fork()
    ]
    await reaping.send(parent.pid, child.pid, REGISTER)
    await reaping.send(parent.pid, control.pid, REGISTER)
    await reaping.send(recycledParent.pid, orphan.pid, REGISTER)
    await reaping.close()
    const others = [await recycler.replace(child), await recycler.replace(recycledParent)]
    await recycler.end(parent)
    await reaping.start({ pidfds })
    // what is still itself
    await reaping.event('orphan-acted', 2)
    const signalled = reaping.of('orphan-acted').flatMap(({ receipt }) => receipt.signals.map(({ pid }) => pid))
    expect(signalled).toEqual(expect.arrayContaining([control.pid, orphan.pid]))
    for (const other of others) {
      if (other === undefined) continue
      expect(isAlive(other)).toBe(true)
      expect(signalled).not.toContain(other.pid)
    }
  })

  test('negative control: a signal to the number does hit the next one', async (context) => {
    const child = await recycler.fork()
    const other = await recycler.replace(child)
    if (other === undefined) return context.skip('another process took the number')
    expect(other.pid).toBe(child.pid)
    process.kill(child.pid, 'SIGKILL')
    await waitUntil(() => !isAlive(other), 'the other process to be hit')
  })

  test('negative control: without start times the sweep takes the next one for the parent (orphand)', async (context) => {
    await reaping.start({ pidfds: 'none', intervalMs: 20, compareStartTimes: false })
    const [parent, child, control, witness] = [await recycler.fork(), await recycler.fork(), await recycler.fork(), await recycler.fork()]
    await reaping.send(parent.pid, child.pid, REGISTER)
    await reaping.send(control.pid, witness.pid, REGISTER)
    if ((await recycler.replace(parent)) === undefined) return context.skip('another process took the number')
    await recycler.end(control)
    await waitUntil(() => !isAlive(witness), 'the sweep')
    expect(isAlive(child)).toBe(true)
  })
})
