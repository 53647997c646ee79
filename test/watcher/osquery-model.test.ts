import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CheckDrive, process } from './check-drive.ts'
import { MEMORY_LIMIT, NodeDrive } from './node-drive.ts'
import { byDefault, limits, MB, respawnPolicy } from './node-settings.ts'
import { type ReferenceFlags, ReferenceWatcher } from './reference-loop.ts'

const flags: fc.Arbitrary<ReferenceFlags> = fc.record({
  memoryLimitMb: fc.constantFrom(100, 200),
  utilizationLimit: fc.constantFrom(5, 10, 100, 250),
  latencyLimitS: fc.constantFrom(3, 6, 10, 12),
  respawnLimit: fc.constantFrom(1, 4, 6),
  respawnDelayS: fc.constantFrom(1, 5),
  maxDelayS: fc.constantFrom(8, 600),
  delayS: fc.constantFrom(0, 9, 60),
  cpus: fc.constantFrom(1, 2, 8)
})

/** One interval of a life: what it used, in shares of what it may, how large it is, or that the number is another's by now. */
const interval = fc.record({
  cpuShare: fc.constantFrom(0, 0.5, 1, 1.0001, 3, 3, 3),
  rssMb: fc.constantFrom(50, 80, 150, 151, 181, 250, 251, 300),
  /** Timers are late by this; the reference does not notice. */
  lateMs: fc.nat(900),
  recycled: fc.nat(20).map((figure) => figure === 0)
})
const life = fc.record({
  /** Half of the lives end within the first intervals, as in a crash loop. */
  intervals: fc.oneof(fc.array(interval, { maxLength: 1 }), fc.array(interval, { maxLength: 30, size: 'max' })),
  /** Of a life that no limit ended. */
  lastsMs: fc.nat(9000),
  status: fc.constantFrom<number | undefined>(0, 1, 2, 3, 77, 79, 143, 255, 78, undefined)
})

function drives(given: ReferenceFlags) {
  const settings = {
    scope: 'process' as const,
    delayMs: given.delayS * 1000,
    limits: limits({
      memory: byDefault(given.memoryLimitMb * MB),
      cpu: byDefault(given.utilizationLimit),
      latency: byDefault(given.latencyLimitS * 1000)
    })
  }
  const checks = new CheckDrive(settings, 'osquery')
  checks.context = { ...checks.context, logicalCpus: given.cpus }
  const respawn = respawnPolicy({
    limit: byDefault(given.respawnLimit),
    delayMs: given.respawnDelayS * 1000,
    maxDelayMs: given.maxDelayS * 1000,
    windowMs: Number.MAX_SAFE_INTEGER,
    jitter: 0.5
  })
  return { checks, node: new NodeDrive({ ...settings, restart: 'always', respawn }, 'osquery', 1) }
}

type Life = typeof life extends fc.Arbitrary<infer T> ? T : never
type Outcome = 'cpu' | 'memory' | 'waits' | 'atOnce' | 'ends' | 'catastrophic' | 'recycled'

/** The two side by side: every decision is made twice and compared. */
class Comparison {
  readonly node: NodeDrive
  readonly checks: CheckDrive
  readonly reference: ReferenceWatcher
  readonly given: ReferenceFlags
  readonly saw: (outcome: Outcome) => void
  #pid = 100

  constructor(given: ReferenceFlags, saw: (outcome: Outcome) => void) {
    const { checks, node } = drives(given)
    this.given = given
    this.saw = saw
    this.checks = checks
    this.node = node.start()
    this.reference = new ReferenceWatcher(given)
  }

  /** Whether the supervisor lives on. */
  live({ intervals, lastsMs, status }: Life): boolean {
    const startedAt = this.node.now
    this.node.spawned()
    this.checks.at = startedAt
    this.checks.respawn(++this.#pid)
    this.reference.spawned(startedAt / 1000)
    const stopped = intervals.some((figures) => this.isStoppedIn(figures))
    this.node.now = intervals.length === 0 ? startedAt + lastsMs : this.checks.at
    if (stopped) this.node.breaks(MEMORY_LIMIT)
    else this.leaderExits(status)
    this.node.empties()
    return this.follow(this.reference.gone((this.node.now - startedAt) / 1000, stopped ? undefined : status))
  }

  isStoppedIn({ cpuShare, rssMb, lateMs, recycled }: Life['intervals'][number]): boolean {
    const { checks, reference, given } = this
    checks.at += 3000 + lateMs
    const used = cpuShare * (Math.min(given.utilizationLimit, 100) / 100) * 3000 * given.cpus
    const sample = checks.sample({ cpu: recycled ? 0 : used, rss: rssMb * MB })
    if (recycled) {
      this.saw('recycled')
      reference.recycled()
      expect(checks.judge({ ...sample, processes: [process(this.#pid, -1)] }).broken).toBeUndefined()
      return false
    }
    const expected = reference.pass(checks.at / 1000, sample.cpuMs, rssMb * MB)
    const { broken, entry } = checks.judge(sample)
    expect(broken?.kind === 'limit' ? broken.rule : undefined).toBe(expected)
    expect(entry.cpu.inARow).toBe(reference.sustainedLatency)
    if (expected !== undefined) this.saw(expected)
    return expected !== undefined
  }

  leaderExits(code: number | undefined): void {
    const exit = { code, signal: code === undefined ? ('SIGSEGV' as const) : undefined, oomKilled: false }
    this.node.feed({ type: 'exited', exit, at: this.node.now })
  }

  follow(next: { readonly exit: number } | { readonly waitS: number }): boolean {
    const { node, reference } = this
    expect(node.uses).toBe(reference.counter)
    if ('exit' in next) {
      this.saw(next.exit === 78 ? 'catastrophic' : 'ends')
      expect(node.end?.code).toBe(next.exit)
      return false
    }
    this.saw(next.waitS > 0 ? 'waits' : 'atOnce')
    expect(node.end).toBeUndefined()
    expect(node.next).toMatchObject({ kind: 'respawn', delayMs: next.waitS * 1000 })
    if (next.waitS > 0) node.backOff()
    expect(node.phase).toBe('starting')
    return true
  }
}

test('under --compat osquery the decisions equal those of the reference loop, over random samples and ends of many lives', () => {
  const seen = { cpu: 0, memory: 0, waits: 0, atOnce: 0, ends: 0, catastrophic: 0, recycled: 0 }
  fc.assert(
    fc.property(flags, fc.array(life, { minLength: 1, maxLength: 12, size: 'max' }), (given, lives) => {
      const both = new Comparison(given, (outcome) => {
        seen[outcome] += 1
      })
      lives.every((each) => both.live(each))
    }),
    { numRuns: 1000 }
  )
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(50)
})
