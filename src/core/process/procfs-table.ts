import type { DescriptorBudget } from '../linux/descriptors.ts'
import type { Clock, ProcessTable } from '../ports.ts'
import type { ProcessTap } from './cache/tap.ts'
import type { EventSource } from './event-source.ts'
import { openEventSource } from './event-source.ts'
import type { Tree } from './forest.ts'
import type { Member } from './member.ts'
import { procfsFacilities } from './procfs-facilities.ts'
import { createProcfsParts, ROUNDS } from './procfs-parts.ts'
import type { ProcessSample, TreeSample } from './sample.ts'
import { lookAgain } from './second-look.ts'
import { sumPss } from './tree-pss.ts'

export interface ProcfsTableOptions {
  readonly clock: Clock
  /** In execution ids. */
  readonly nodeName: string
  readonly procRoot?: string
  /** Children that are waited for elsewhere, besides those started through node:child_process, which the table knows by itself. */
  readonly isOwnChild?: (pid: number) => boolean
  readonly budget: DescriptorBudget
  /** Hears the process events that the table reads. */
  readonly tap?: ProcessTap | undefined
}

/** Between two readings of process events. */
const DRAIN_MS = 50
/** Between two looks at members that have no pidfd, and at least one for each so many of them. */
const POLL_MS = 250
/** Newcomers looked at in one go. */
const PORTION = 500

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** The process table on /proc. Loads the native calls, becomes a subreaper where it can. */
export function createProcfsTable(options: ProcfsTableOptions): ProcessTable {
  const { clock, tap } = options
  let events: EventSource | undefined
  const parts = createProcfsParts({
    procRoot: options.procRoot ?? '/proc',
    nodeName: options.nodeName,
    isOwnChild: options.isOwnChild ?? (() => false),
    budget: options.budget,
    drain: () => drain(),
    nodeByEvents(pid) {
      drain()
      return events?.nodeOf(pid)
    }
  })
  const { forest, sampler, deaths, finder, adoption, reporter, unwatched } = parts
  const facilities = procfsFacilities(parts)
  const eventsAllowed = facilities.some((facility) => facility.name === 'process-events' && facility.available)
  let knowledge: 'complete' | 'lost' = 'complete'
  let round = 0
  let lastPoll = clock.now()
  let stopTimer: (() => void) | undefined
  let reaping: NodeJS.Immediate | undefined

  const drain = (): void => {
    if (events?.drain() === 'lost') knowledge = 'lost'
  }

  const look = (member: Member): void => deaths.settle(member, sampler.full(member))

  /** Children before their parents: what a child used is known before its parent's figures include it. */
  const lookClosely = (members: readonly Member[]): void => {
    for (let i = members.length - 1; i >= 0; i--) {
      const member = members[i]
      if (member !== undefined && member.phase !== 'gone') look(member)
    }
  }

  /** Everything again, because events were lost. */
  const rescan = (): void => {
    if (knowledge === 'complete') return
    knowledge = 'complete'
    lookClosely([...forest.members.values()])
    finder.inCgroups(forest.trees.values())
    finder.below(forest.members.values())
    finder.adopted()
  }

  /** Makes the membership of these trees certain, whatever the means; without yielding. */
  const findAll = (trees: readonly Tree[]): void => {
    drain()
    events?.absorb(0, Number.POSITIVE_INFINITY)
    rescan()
    if (events !== undefined) return
    finder.inCgroups(trees)
    for (const tree of trees) finder.below(tree.members)
    finder.adopted()
  }

  const pollUnwatched = (): void => {
    if (clock.now() - lastPoll < Math.max(POLL_MS, unwatched.size)) return
    lastPoll = clock.now()
    for (const member of [...unwatched]) deaths.settle(member, sampler.quick(member, events !== undefined))
  }

  const tick = (): void => {
    stopTimer = undefined
    if (forest.trees.size === 0 && tap?.scope !== 'all') {
      closeEvents()
      return
    }
    drain()
    events?.absorb(1, PORTION)
    for (const member of events?.takeSuspects() ?? []) look(member)
    pollUnwatched()
    schedule()
  }

  const schedule = (): void => {
    stopTimer ??= clock.after(events === undefined ? POLL_MS : DRAIN_MS, tick)
  }

  const begin = (): void => {
    if (events === undefined && eventsAllowed) {
      const opened = openEventSource(parts, tap)
      events = opened.ok ? opened.value : undefined
    }
    schedule()
  }

  const closeEvents = (): void => {
    // the ends of the last members, for who listens
    if (tap !== undefined) drain()
    events?.close()
    events = undefined
  }

  /** Once for all children that ended at the same time. */
  const onChildSignal = (): void => {
    reaping ??= setImmediate(() => {
      reaping = undefined
      adoption.reapAll()
    })
  }
  if (parts.isSubreaper) process.on('SIGCHLD', onChildSignal)
  if (tap?.scope === 'all') begin()

  /** One look at each member, the cheapest that will do; children first, as above. */
  const lookAtAll = (members: readonly Member[], ran: Member[]): void => {
    for (let i = members.length - 1; i >= 0; i--) {
      const member = members[i]
      if (member === undefined || member.phase === 'gone') continue
      const due = member.turn === round % ROUNDS
      const found = due ? sampler.full(member) : sampler.quick(member, events !== undefined)
      if (found === 'ran') ran.push(member)
      else if (found !== 'still') deaths.settle(member, found)
    }
  }

  const living = (members: Iterable<Member>): readonly ProcessSample[] => {
    const found: ProcessSample[] = []
    for (const member of members) if (member.phase === 'alive') found.push(member.sample)
    return found
  }

  const untrack = (node: string): void => {
    const tree = forest.trees.get(node)
    if (tree !== undefined) reporter.stop(tree)
    forest.fell(node)
  }

  return {
    sampler: 'procfs',
    facilities,
    track(handle) {
      untrack(handle.node)
      begin()
      drain()
      tap?.listener?.tracked(handle)
      const tree = forest.plant(handle)
      const leader = parts.meet(handle.leader.pid, handle.node)
      if (leader !== undefined && leader.startTime !== handle.leader.startTime) deaths.drop(leader)
      finder.inCgroups([tree])
      if (handle.adopted) finder.byCookie(tree)
      finder.below(tree.members)
      reporter.start(tree)
    },
    untrack,
    async refresh() {
      round++
      drain()
      while (events?.absorb(0, PORTION) === 'more') await nextTurn()
      rescan()
      const ran: Member[] = []
      for (const tree of forest.trees.values()) lookAtAll(reporter.ordered(tree), ran)
      if (forest.strays.size > 0) lookAtAll([...forest.strays], ran)
      if (events === undefined) {
        finder.inCgroups(forest.trees.values())
        finder.below(ran)
        // an orphan is the child of somebody who ran
        if (ran.length > 0) finder.adopted()
      } else if (round % ROUNDS === 0) {
        finder.adopted()
      }
      if (parts.isSubreaper && round % ROUNDS === 0) adoption.reapAll()
      const at = clock.now()
      const samples = new Map<string, TreeSample>()
      for (const [node, tree] of forest.trees) {
        lookAgain(tree, parts)
        samples.set(node, reporter.sample(tree, at))
      }
      return samples
    },
    async members(node) {
      const tree = forest.trees.get(node)
      if (tree === undefined) return []
      findAll([tree])
      lookClosely(reporter.ordered(tree))
      return living(reporter.ordered(tree))
    },
    owner: (target) => forest.find(target)?.node,
    pss: (node) => sumPss([...(forest.trees.get(node)?.members ?? [])], { reader: parts.reader, look }),
    onDeath: deaths.onDeath,
    inspect(pid) {
      // what it executed last may be told by an event that was not read yet
      if (forest.members.has(pid)) drain()
      const known = forest.members.get(pid)
      const sample = sampler.inspect(pid, known?.execKtime)
      // the pid of a former member: its exec is not this one's
      return sample === undefined || known === undefined || known.startTime === sample.startTime ? sample : sampler.inspect(pid)
    },
    async strays() {
      findAll([...forest.trees.values()])
      finder.adopted()
      finder.below(forest.strays)
      lookClosely([...forest.strays])
      return living(forest.strays)
    },
    close() {
      stopTimer?.()
      for (const node of [...forest.trees.keys()]) untrack(node)
      process.off('SIGCHLD', onChildSignal)
      clearImmediate(reaping)
      closeEvents()
      parts.close()
    }
  }
}
