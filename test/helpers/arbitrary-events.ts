import fc from 'fast-check'
import type { EventBody, EventType, NodeDescription, SupervisorEvent } from '../../src/core/events.ts'
import type { Limits, Source, Sourced } from '../../src/core/settings.ts'

/** Names that are valid and awkward: two of them are members of Object.prototype. */
export const NODE_NAMES = ['api', 'indexer', 'a.b-c_d', 'constructor', '__proto__'] as const

const name = fc.constantFrom(...NODE_NAMES, 'nobody')
const text = fc.string({ unit: 'binary', maxLength: 40 })
const count = fc.nat(1000)
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const at = fc.constant('2026-01-01T12:04:31.120Z')
const signal = fc.constantFrom<NodeJS.Signals>('SIGTERM', 'SIGKILL', 'SIGUSR1')
const identity = fc.record({ pid: count, startTime: count })
const held = fc.record({ armed: count, acting: count, parents: count })
const terms = fc.record({ signal, graceMs: count, scope: fc.constantFrom('child' as const, 'tree' as const) })
const asker = fc.record({ uid: count, pid: count, command: text })
const exit = fc.record({ code: maybe(count), signal: maybe(signal), oomKilled: fc.boolean() })
const failure = fc.record({ code: text, message: text })
const budget = fc.record({ uses: count, limit: count, refillsAt: maybe(at) })
const outcome = fc.constantFrom('sent' as const, 'gone' as const, 'denied' as const, 'recycled' as const)
const stream = fc.constantFrom('stdout' as const, 'stderr' as const)
const source: fc.Arbitrary<Source> = fc.oneof(
  fc.constant({ kind: 'default' as const }),
  fc.record({ kind: fc.constant('level' as const), level: fc.constant('normal' as const) }),
  fc.record({ kind: fc.constant('file' as const), file: text, line: count, column: count }),
  fc.record({ kind: fc.constant('hot-edit' as const), at })
)
const sourced: fc.Arbitrary<Sourced<number>> = fc.record({ value: count, source })
const limits: fc.Arbitrary<Limits> = fc.record({ memory: sourced, memoryLatency: sourced, cpu: sourced, latency: sourced })

export const description: fc.Arbitrary<NodeDescription> = fc.record({
  name,
  kind: fc.constantFrom('worker' as const, 'extension' as const),
  argv: fc.array(text, { minLength: 1, maxLength: 4 }),
  cwd: text,
  user: maybe(text),
  scope: fc.constantFrom('tree' as const, 'process' as const),
  watched: fc.boolean(),
  observe: fc.boolean(),
  limits,
  respawn: fc.record({
    limit: sourced,
    windowMs: count,
    minUptimeMs: count,
    delayMs: count,
    maxDelayMs: count,
    jitter: fc.constantFrom(0, 0.5),
    onExhausted: fc.constantFrom('shutdown' as const, 'fail' as const)
  }),
  delayMs: count,
  after: fc.array(name, { maxLength: 2 }),
  enabled: fc.boolean()
})

const change = fc.constantFrom('spawn-time' as const, 'live' as const)
const difference = fc.record({
  changes: fc.array(
    fc.record({
      node: maybe(name),
      action: fc.constantFrom('none' as const, 'live' as const, 'restart' as const, 'start' as const, 'stop' as const),
      fields: fc.array(fc.record({ path: text, from: text, to: text, change }), { maxLength: 2 })
    }),
    { maxLength: 2 }
  ),
  kept: fc.array(fc.record({ node: name, path: text, value: text }), { maxLength: 2 }),
  ignored: fc.array(text, { maxLength: 2 })
})
const level = fc.constantFrom('normal' as const, 'restrictive' as const, 'disabled' as const)

const entry = fc.record({
  time: at,
  intervalMs: count,
  cpu: fc.record({ usedMs: count, budgetMs: count, over: fc.boolean(), inARow: count, sustainedMs: count, latencyMs: count }),
  memory: fc.record({
    bytes: count,
    measure: fc.constantFrom('rss' as const, 'pss' as const),
    baselineBytes: count,
    growthBytes: count,
    limitBytes: count,
    over: fc.boolean(),
    sustainedMs: count,
    latencyMs: count
  })
})

const reason = fc.oneof(
  fc.record({ kind: fc.constant('limit' as const), rule: fc.constantFrom('cpu' as const, 'memory' as const), source, arithmetic: text }),
  fc.record({ kind: fc.constant('health' as const), detail: text }),
  fc.record({ kind: fc.constant('command' as const), command: fc.constantFrom('stop' as const, 'restart' as const), by: text }),
  fc.record({ kind: fc.constant('leftovers' as const), detail: text })
)
const next = fc.oneof(
  fc.record({ kind: fc.constant('respawn' as const), delayMs: count, usesLeft: count }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({ kind: fc.constant('failed' as const), detail: text }),
  fc.record({ kind: fc.constant('shutdown' as const), code: count })
)
const receiptProcess = fc.record({
  pid: count,
  startTime: count,
  ppid: count,
  execId: text,
  command: text,
  state: fc.constant('S'),
  rssBytes: count,
  cpuMs: count
})

export const receipt = fc.record({
  id: fc.nat(400),
  node: name,
  incarnation: count,
  leader: fc.record({ pid: count, startTime: count, execId: text }),
  mode: fc.constantFrom('stopped' as const, 'would-stop' as const),
  reason,
  window: fc.array(entry, { maxLength: 2 }),
  tree: fc.array(receiptProcess, { maxLength: 2 }),
  signals: fc.array(
    fc.record({
      time: at,
      signal,
      target: fc.constantFrom('leader' as const, 'group' as const, 'member' as const),
      pid: count,
      execId: maybe(text),
      outcome: fc.constantFrom('sent' as const, 'left-out' as const, 'would-send' as const),
      detail: maybe(text)
    }),
    { maxLength: 2 }
  ),
  diagnostics: maybe(text),
  exit: maybe(exit),
  survivors: fc.array(receiptProcess, { maxLength: 2 }),
  openedAt: at,
  closedAt: maybe(at),
  durationMs: maybe(count),
  next: maybe(next)
})

const processSample = fc.record({
  pid: fc.nat(5),
  startTime: fc.nat(2),
  execId: text,
  ppid: count,
  pgid: count,
  sid: count,
  state: fc.constantFrom('R', 'S'),
  comm: text,
  command: text,
  threads: count,
  cpuMs: fc.nat(2),
  rssBytes: fc.nat(2),
  cpuPercent: fc.nat(2)
})
const nodeSample = fc.record({
  node: name,
  cpuPercent: fc.nat(2),
  cpuSource: fc.constantFrom('cgroup' as const, 'stat' as const),
  rssBytes: fc.nat(2),
  processes: fc.array(processSample, { maxLength: 4 })
})
const orphanPair = fc.record({
  parent: identity,
  child: identity,
  parentCommand: text,
  childCommand: text,
  uid: count,
  by: asker,
  signal,
  graceMs: count,
  scope: fc.constantFrom('child' as const, 'tree' as const),
  deaths: fc.constantFrom('events' as const, 'sweep' as const),
  since: at,
  standing: fc.oneof(fc.constant({ kind: 'armed' as const }), fc.record({ kind: fc.constant('acting' as const), receipt: count }))
})
const facility = fc.record({
  name: fc.constantFrom('native' as const, 'pidfd' as const, 'pss' as const),
  available: fc.boolean(),
  detail: text
})

const standing = fc.constantFrom('ok' as const, 'failing' as const, 'unknown' as const)
const checkResult = fc.record({
  state: standing,
  count: maybe(fc.nat(2)),
  reason: text,
  processes: fc.array(fc.record({ pid: fc.nat(5), startTime: fc.nat(2), comm: text, command: text }), { maxLength: 3 })
})

type Body<T extends EventType> = Omit<Extract<EventBody, { type: T }>, 'type'>

const BODIES: { readonly [T in EventType]: fc.Arbitrary<Body<T>> } = {
  'supervisor-started': fc.record({
    version: text,
    pid: count,
    level: fc.constantFrom('normal' as const, 'restrictive' as const),
    compat: fc.constant('none'),
    dryRun: fc.boolean(),
    sampler: fc.constant('procfs'),
    logicalCpus: count,
    facilities: fc.array(facility, { maxLength: 3 })
  }),
  'facility-changed': fc.record({ facility }),
  'shutdown-started': fc.record({ code: count, reason: text }),
  'supervisor-ended': fc.record({ code: count, reason: text }),
  'self-sampled': fc.record({
    cpuPercent: fc.nat(2),
    rssBytes: fc.nat(2),
    hostCpuPercent: fc.nat(2),
    hostMemoryUsed: fc.nat(2),
    hostMemoryTotal: fc.nat(2)
  }),
  'self-unhealthy': fc.record({
    rssBytes: count,
    limitBytes: count,
    action: fc.constantFrom('interface-closed' as const, 'shutdown' as const)
  }),
  problem: fc.record({ failure, next: maybe(text) }),
  'interface-lost': fc.record({ detail: text }),
  'control-opened': fc.record({ socket: text, mode: text, group: maybe(text) }),
  'control-unavailable': fc.record({ failure }),
  reloaded: fc.record({ by: text, difference, level, dryRun: fc.boolean(), intervalMs: count }),
  'node-changed': fc.record({ description }),
  'node-added': fc.record({ description }),
  'node-removed': fc.record({}),
  'node-waiting': fc.record({ after: fc.array(name) }),
  'node-starting': fc.record({ incarnation: count }),
  'node-started': fc.record({ incarnation: count, leader: identity, containment: fc.constant('cgroup'), epoch: count }),
  'node-start-failed': fc.record({ incarnation: count, failure }),
  'node-ready': fc.record({ detail: text }),
  'node-exited': fc.record({ incarnation: count, exit, uptimeMs: count, success: fc.boolean() }),
  'node-stopping': fc.record({ receipt: count, reason }),
  'node-stuck': fc.record({
    receipt: count,
    survivors: fc.array(count),
    because: fc.constantFrom('unkillable' as const, 'observed' as const)
  }),
  'node-backing-off': fc.record({ delayMs: count, until: at, budget }),
  'node-stopped': fc.record({ by: fc.constantFrom('command' as const, 'exit' as const, 'shutdown' as const) }),
  'node-failed': fc.record({ detail: text, budget }),
  'budget-changed': fc.record({ budget }),
  'health-changed': fc.record({ healthy: fc.boolean(), failures: count, allowed: count, detail: text }),
  checked: fc.record({ entry, acting: fc.boolean() }),
  'limit-exceeded': fc.record({ rule: fc.constantFrom('cpu' as const, 'memory' as const), arithmetic: text, secondsLeft: count }),
  'limit-recovered': fc.record({ rule: fc.constantFrom('cpu' as const, 'memory' as const) }),
  'limit-changed': fc.record({
    field: fc.constantFrom('memory' as const, 'memoryLatency' as const, 'cpu' as const, 'latency' as const, 'respawnLimit' as const),
    from: count,
    to: count,
    source
  }),
  'observe-changed': fc.record({ observe: fc.boolean() }),
  'receipt-opened': fc.record({ receipt }),
  'receipt-closed': fc.record({ receipt }),
  signalled: fc.record({ target: identity, signal, outcome, by: text }),
  reaped: fc.record({ target: identity, comm: text, exit }),
  'orphan-socket-opened': fc.record({ socket: maybe(text), mode: maybe(text), restored: count }),
  'orphan-registered': fc.record({
    parent: identity,
    child: identity,
    terms,
    by: asker,
    deaths: fc.constantFrom('events' as const, 'sweep' as const),
    listed: fc.boolean(),
    parentCommand: text,
    childCommand: text,
    held
  }),
  'orphan-noted': fc.record({ pair: orphanPair, held }),
  'orphans-counted': fc.record({ held, refused: count }),
  'orphan-refused': fc.record({
    action: fc.constantFrom('register' as const, 'unregister' as const, 'restore' as const, 'unknown' as const),
    parent: count,
    child: count,
    code: count,
    reason: text,
    detail: text,
    by: asker,
    untold: count,
    refused: count
  }),
  'orphan-message': fc.record({ parent: count, child: count, code: count, by: asker, untold: count }),
  'orphan-client-closed': fc.record({ detail: text, by: asker, untold: count }),
  'orphan-released': fc.record({ parent: identity, child: identity, uid: count, by: maybe(asker), held }),
  'orphan-struck': fc.record({ parent: identity, child: identity, uid: count, held }),
  'orphan-acting': fc.record({ receipt: count, parent: identity, child: identity, detail: text, held }),
  'orphan-acted': fc.record({
    receipt,
    outcome: fc.constantFrom('ended' as const, 'stuck' as const, 'refused' as const, 'observed' as const),
    refused: fc.array(count),
    held
  }),
  'check-added': fc.record({
    check: fc.record({ name, rule: text, min: maybe(count), max: maybe(count), action: fc.constantFrom('alert', 'stop', 'restart api') })
  }),
  'check-removed': fc.record({ check: name }),
  'check-changed': fc.record({ check: name, from: standing, result: checkResult }),
  'checks-counted': fc.record({ checks: fc.array(fc.record({ check: name, result: checkResult }), { maxLength: 3 }) }),
  'check-acted': fc.record({
    check: name,
    action: fc.constantFrom('stop' as const, 'restart' as const, 'run' as const),
    detail: text,
    failure: maybe(failure)
  }),
  refreshed: fc.record({ samples: fc.array(nodeSample, { maxLength: 4 }) }),
  output: fc.record({ stream, line: text }),
  'output-dropped': fc.record({ stream, lines: count }),
  'hook-ended': fc.record({ argv: fc.array(text), on: text, exit: maybe(exit), failure: maybe(failure) })
}

export const EVENT_TYPES = Object.keys(BODIES) as EventType[]

/** An event of this type with every field filled at random, about a random node where nodes have such events. */
export const eventOf = (type: EventType): fc.Arbitrary<SupervisorEvent> =>
  fc.tuple(BODIES[type], fc.record({ seq: count, mono: count, time: at }), maybe(name), maybe(count), maybe(text)).map(
    ([body, envelope, node, pid, execId]) =>
      ({
        host: 'web-01',
        boot: 'b00t',
        ...(pid === undefined ? {} : { pid }),
        ...(execId === undefined ? {} : { execId }),
        ...(node === undefined ? {} : { node }),
        ...body,
        type,
        ...envelope
      }) as SupervisorEvent
  )

export const anyEvent: fc.Arbitrary<SupervisorEvent> = fc.constantFrom(...EVENT_TYPES).chain(eventOf)

/** The body as it happens in the middle of a run, for tests that name what they want. */
export const event = (body: EventBody, subject: { node?: string; pid?: number; execId?: string; seq?: number } = {}): SupervisorEvent => ({
  seq: 1,
  host: 'web-01',
  boot: 'b00t',
  time: '2026-01-01T12:04:31.120Z',
  mono: 1000,
  ...subject,
  ...body
})
