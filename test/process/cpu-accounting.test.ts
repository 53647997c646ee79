import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  countOwn,
  countWaited,
  emptyTreeCpu,
  endReaped,
  endWaitedFor,
  type MemberCpu,
  memberCpu,
  report,
  reportGrowth,
  settleSpare
} from '../../src/core/process/cpu-accounting.ts'

/** Two ticks: what user and system time are rounded down by. */
const RESOLUTION = 20

describe('CPU of a tree', () => {
  test('counts children that were never seen, through the parent that waited for them', () => {
    const tree = emptyTreeCpu()
    const leader = memberCpu(0, 0)
    for (let waited = 0; waited <= 2000; waited += 100) countWaited(tree, leader, waited, RESOLUTION)
    expect(report(tree)).toBe(2000)
  })

  test('counts a child once that was seen alive and then waited for', () => {
    const tree = emptyTreeCpu()
    const [parent, child] = [memberCpu(0, 0), memberCpu(0, 0)]
    countOwn(tree, child, 300)
    endWaitedFor(tree, parent, child)
    countWaited(tree, parent, 350, RESOLUTION)
    expect(report(tree)).toBe(350)
  })

  test('counts it once even when the parent was looked at before the child was missed', () => {
    const tree = emptyTreeCpu()
    const [parent, child] = [memberCpu(0, 0), memberCpu(0, 0)]
    countOwn(tree, child, 300)
    countWaited(tree, parent, 350, RESOLUTION)
    expect(report(tree)).toBe(650)
    endWaitedFor(tree, parent, child)
    countWaited(tree, parent, 350, RESOLUTION)
    expect(tree.counted).toBe(350)
    countOwn(tree, parent, 200)
    // the figure that was shown does not go back
    expect(report(tree)).toBe(650)
    countOwn(tree, parent, 600)
    expect(report(tree)).toBe(950)
  })

  test('keeps what was seen of a child whose parent ignores SIGCHLD, and does not take it off other children', () => {
    const tree = emptyTreeCpu()
    const [parent, child] = [memberCpu(0, 0), memberCpu(0, 0)]
    countOwn(tree, child, 500)
    endWaitedFor(tree, parent, child)
    countWaited(tree, parent, 0, RESOLUTION)
    expect(report(tree)).toBe(500)
    countWaited(tree, parent, 400, RESOLUTION)
    expect(report(tree)).toBeGreaterThanOrEqual(900 - RESOLUTION)
  })

  test('takes the usage at the reap of an adopted one', () => {
    const tree = emptyTreeCpu()
    const orphan = memberCpu(0, 0)
    countOwn(tree, orphan, 10)
    endReaped(tree, orphan, 45)
    expect(report(tree)).toBe(45)
  })

  test('hands a grandchild on when its parent ends before it was looked at again', () => {
    const tree = emptyTreeCpu()
    const [leader, parent, child] = [memberCpu(0, 0), memberCpu(0, 0), memberCpu(0, 0)]
    countOwn(tree, child, 100)
    endWaitedFor(tree, parent, child)
    endWaitedFor(tree, leader, parent)
    countWaited(tree, leader, 130, RESOLUTION)
    expect(report(tree)).toBe(130)
  })

  test('grows with the cgroup and never goes back', () => {
    const tree = emptyTreeCpu()
    expect(reportGrowth(tree, 5)).toBe(5)
    expect(reportGrowth(tree, -3)).toBe(5)
    countOwn(tree, memberCpu(0, 0), 2)
    expect(report(tree)).toBe(7)
  })
})

/** A kernel of its own: processes use time, fork, end and are waited for; the watcher looks now and then, in any order. */
interface Process {
  readonly parent: Process | undefined
  readonly children: Set<Process>
  own: number
  waited: number
  zombie: boolean
  gone: boolean
}

type Step = { readonly kind: 'run' | 'fork' | 'end' | 'wait' | 'look'; readonly who: number; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('run', 'run', 'fork', 'end', 'wait', 'look'),
  who: fc.nat(1000),
  ms: fc.integer({ min: 1, max: 50 })
})

class Kernel {
  readonly leader: Process = { parent: undefined, children: new Set(), own: 0, waited: 0, zombie: false, gone: false }
  readonly all: Process[] = [this.leader]
  used = 0

  pick(who: number, condition: (process: Process) => boolean): Process | undefined {
    const fitting = this.all.filter((process) => !process.gone && condition(process))
    return fitting[who % Math.max(1, fitting.length)]
  }

  run(process: Process, ms: number): void {
    process.own += ms
    this.used += ms
  }

  fork(parent: Process): void {
    const child: Process = { parent, children: new Set(), own: 0, waited: 0, zombie: false, gone: false }
    parent.children.add(child)
    this.all.push(child)
  }

  wait(child: Process): void {
    const { parent } = child
    if (parent === undefined) return
    parent.waited += child.own + child.waited
    parent.children.delete(child)
    child.gone = true
  }
}

/** Looks as the table does: children before their parents, and once at each that ends. */
class Watcher {
  readonly tree = emptyTreeCpu()
  readonly #known = new Map<Process, MemberCpu>()
  #shown = 0

  /** A process is found through its parent. */
  isKnown(process: Process | undefined): boolean {
    return process !== undefined && this.#known.has(process)
  }

  lookAt(process: Process): void {
    const member = this.#known.get(process) ?? memberCpu(0, 0)
    if (process.gone) {
      if (!this.#known.delete(process)) return
      endWaitedFor(this.tree, process.parent && this.#known.get(process.parent), member)
      return
    }
    this.#known.set(process, member)
    countOwn(this.tree, member, process.own)
    countWaited(this.tree, member, process.waited, 0)
  }

  lookAtAll(kernel: Kernel): void {
    for (const process of [...kernel.all].reverse()) this.lookAt(process)
    // nothing happens in between: all children are where they were
    for (const member of this.#known.values()) settleSpare(this.tree, member)
    const now = report(this.tree)
    expect(now).toBeGreaterThanOrEqual(this.#shown)
    this.#shown = now
  }
}

function perform(kernel: Kernel, watcher: Watcher, { kind, who, ms }: Step): void {
  if (kind === 'look') watcher.lookAtAll(kernel)
  const living = kernel.pick(who, (process) => !process.zombie)
  if (kind === 'run' && living !== undefined) kernel.run(living, ms)
  if (kind === 'fork' && living !== undefined) kernel.fork(living)
  // one with children is not ended here: they would be adopted
  const childless = kernel.pick(who, (process) => process !== kernel.leader && !process.zombie && process.children.size === 0)
  if (kind === 'end' && childless !== undefined) {
    childless.zombie = true
    if (who % 2 === 0 && watcher.isKnown(childless.parent)) watcher.lookAt(childless)
  }
  const zombie = kernel.pick(who, (process) => process.zombie)
  if (kind === 'wait' && zombie !== undefined) kernel.wait(zombie)
}

test('the figure never decreases and is exact after a look, whatever happens and however often one looks', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const kernel = new Kernel()
      const watcher = new Watcher()
      for (const next of steps) perform(kernel, watcher, next)
      watcher.lookAtAll(kernel)
      expect(watcher.tree.counted).toBe(kernel.used)
    }),
    { numRuns: 500 }
  )
})
