import type { CheckState } from '../../src/core/checks/state.ts'
import type { Command, CommandResult } from '../../src/core/commands.ts'
import { failure, success } from '../../src/core/errors.ts'
import type { EventBody, NodeDescription, SupervisorEvent } from '../../src/core/events.ts'
import type { Ask, OrphanPair, ProcessDetails } from '../../src/core/queries.ts'
import type { LedgerEntry, Receipt, ReceiptProcess } from '../../src/core/receipt.ts'
import type { Sourced } from '../../src/core/settings.ts'
import type { LogLine, LogWindow, Session } from '../../src/session.ts'
import type { NodeState, SupervisorState } from '../../src/store.ts'

/** A moment at which all fake states are as they should be: 2026-01-01 12:04:40 UTC. */
export const NOW = Date.UTC(2026, 0, 1, 12, 4, 40)

/** Wall clock at start time 0, as the fake processes count: the leader 4211 started three hours and eleven minutes ago. */
export const EPOCH = NOW - 11_469_000 - 8_042_110

export const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString()

const MIB = 2 ** 20

const byLevel = (value: number): Sourced<number> => ({ value, source: { kind: 'level', level: 'normal' } })

/** A node as a configuration would describe it. */
export function describedNode(name: string, changes: Partial<NodeDescription> = {}): NodeDescription {
  return {
    name,
    kind: 'extension',
    argv: ['node', `${name}.js`],
    cwd: '/srv/app',
    user: undefined,
    scope: 'tree',
    watched: true,
    observe: false,
    limits: { memory: byLevel(200 * MIB), memoryLatency: byLevel(0), cpu: byLevel(10), latency: byLevel(12_000) },
    respawn: {
      limit: byLevel(4),
      windowMs: 600_000,
      minUptimeMs: 4000,
      delayMs: 5000,
      maxDelayMs: 600_000,
      jitter: 0.1,
      onExhausted: 'shutdown'
    },
    delayMs: 60_000,
    after: [],
    enabled: true,
    ...changes
  }
}

export type FakeProcess = NonNullable<NodeState['sample']>['processes'][number]

export function fakeProcess(pid: number, changes: Partial<FakeProcess> = {}): FakeProcess {
  return {
    pid,
    startTime: 800_000 + pid,
    execId: `exec-${pid.toString(16).padStart(12, '0')}`,
    ppid: 1,
    pgid: pid,
    sid: pid,
    state: 'S',
    comm: 'node',
    command: `node process-${pid}.js`,
    threads: 11,
    cpuMs: 4200,
    rssBytes: 30 * MIB,
    cpuPercent: 1.5,
    ...changes
  }
}

/** One check: `used` of 600 ms of CPU, `growth` MiB of memory over a baseline of 62. */
export function fakeCheck(secondsAgo: number, used: number, inARow: number, growth: number, limitMib = 200): LedgerEntry {
  return {
    time: ago(secondsAgo),
    intervalMs: 3000,
    cpu: { usedMs: used, budgetMs: 600, over: inARow > 0, inARow, sustainedMs: inARow * 3000, latencyMs: 12_000 },
    memory: {
      bytes: (62 + growth) * MIB,
      measure: 'rss',
      baselineBytes: 62 * MIB,
      growthBytes: growth * MIB,
      limitBytes: limitMib * MIB,
      over: growth > limitMib,
      sustainedMs: 0,
      latencyMs: 0
    }
  }
}

/** A node that runs with these processes; without any, one that is idle. */
export function fakeNode(
  description: NodeDescription,
  processes: readonly FakeProcess[] = [],
  changes: Partial<NodeState> = {}
): NodeState {
  const leader = processes[0]
  return {
    description,
    incarnation: leader === undefined ? 0 : 1,
    phase:
      leader === undefined
        ? { phase: 'idle' }
        : {
            phase: 'running',
            leader: { pid: leader.pid, startTime: leader.startTime },
            since: ago(242),
            epoch: EPOCH,
            ready: true,
            containment: 'cgroup'
          },
    sample:
      leader === undefined
        ? undefined
        : {
            node: description.name,
            cpuPercent: processes.reduce((sum, process) => sum + process.cpuPercent, 0),
            cpuSource: 'stat',
            rssBytes: processes.reduce((sum, process) => sum + process.rssBytes, 0),
            processes
          },
    cpuHistory: [],
    memoryHistory: [],
    ledger: [],
    budget: { uses: 0, limit: 4, refillsAt: undefined },
    health: undefined,
    lastExit: undefined,
    droppedLines: 0,
    restarts: 0,
    ...changes
  }
}

/** Events in order, with the envelope filled in; newest last, a second apart. */
export function fakeEvents(...bodies: readonly (EventBody & { readonly node?: string })[]): SupervisorEvent[] {
  return bodies.map((body, index) => ({
    ...body,
    seq: index + 1,
    host: 'web-01',
    boot: 'boot',
    time: ago(bodies.length - index),
    mono: 8_000_000 + index * 1000
  }))
}

const treeProcess = (pid: number, ppid: number, command: string): ReceiptProcess => ({
  pid,
  startTime: 800_000 + pid,
  ppid,
  execId: `exec-${pid.toString(16).padStart(12, '0')}`,
  command,
  state: 'R',
  rssBytes: 140 * MIB,
  cpuMs: 31_200
})

/** A stop for too much CPU, closed. */
export function fakeReceipt(id = 7, changes: Partial<Receipt> = {}): Receipt {
  const leader = treeProcess(4290, 1, 'node indexer.js')
  return {
    id,
    node: 'indexer',
    incarnation: 2,
    leader,
    mode: 'stopped',
    reason: {
      kind: 'limit',
      rule: 'cpu',
      source: { kind: 'level', level: 'normal' },
      arithmetic: 'CPU 3120 ms > 600 ms = 10% x 3000 ms x 2 CPUs, 4 checks in a row, 12 s >= 12 s'
    },
    window: [fakeCheck(18, 2900, 1, 20), fakeCheck(15, 3050, 2, 22), fakeCheck(12, 3100, 3, 24), fakeCheck(9, 3120, 4, 24)],
    tree: [leader, treeProcess(4291, 4290, 'node worker-thread-of-the-indexer.js --shard 3')],
    signals: [
      {
        time: ago(9),
        signal: 'SIGUSR1',
        target: 'leader',
        pid: 4290,
        execId: leader.execId,
        outcome: 'left-out',
        detail: 'a JavaScript runtime'
      },
      { time: ago(9), signal: 'SIGTERM', target: 'group', pid: 4290, execId: leader.execId, outcome: 'sent', detail: undefined },
      { time: ago(9), signal: 'SIGCONT', target: 'group', pid: 4290, execId: leader.execId, outcome: 'sent', detail: undefined }
    ],
    diagnostics: undefined,
    exit: { code: 143, signal: undefined, oomKilled: false },
    survivors: [],
    openedAt: ago(9),
    closedAt: ago(8.6),
    durationMs: 400,
    next: { kind: 'respawn', delayMs: 7000, usesLeft: 2 },
    ...changes
  }
}

/** A registered pair, armed for six minutes. */
export function fakePair(child: number, parent: number, changes: Partial<OrphanPair> = {}): OrphanPair {
  return {
    parent: { pid: parent, startTime: 800_000 + parent },
    child: { pid: child, startTime: 800_000 + child },
    parentCommand: 'agent --serve',
    childCommand: `helper-${child}`,
    uid: 1000,
    by: { uid: 1000, pid: parent, command: 'agent' },
    signal: 'SIGTERM',
    graceMs: 4000,
    scope: 'tree',
    deaths: 'events',
    since: ago(360),
    standing: { kind: 'armed' },
    ...changes
  }
}

/** A rule of the process checks that passes. */
export const fakeCheckState = (name: string, changes: Partial<CheckState> = {}): CheckState => ({
  name,
  rule: `${name}:1-`,
  min: 1,
  max: undefined,
  action: 'alert',
  state: 'ok',
  count: 2,
  reason: '',
  processes: [],
  since: ago(600),
  ...changes
})

/** A worker at ease, an extension that is about to be stopped, one that waits to start again: the picture of the documentation. */
export function fakeState(changes: Partial<SupervisorState> = {}): SupervisorState {
  const receipt = fakeReceipt()
  const worker = fakeNode(
    describedNode('api', { kind: 'worker', argv: ['node', 'server.js'] }),
    [
      fakeProcess(4211, { command: 'node server.js', rssBytes: 61 * MIB, cpuPercent: 2.1 }),
      fakeProcess(4219, { command: 'node render.js', ppid: 4211, rssBytes: 25 * MIB, cpuPercent: 1, state: 'R' })
    ],
    {
      cpuHistory: Array.from({ length: 60 }, (_, second) => 2 + (second % 7 === 0 ? 3 : 0)),
      ledger: [fakeCheck(5, 60, 0, 23), fakeCheck(2, 66, 0, 24)],
      phase: {
        phase: 'running',
        leader: { pid: 4211, startTime: 804_211 },
        since: ago(11_469),
        epoch: EPOCH,
        ready: true,
        containment: 'cgroup'
      }
    }
  )
  const indexer = fakeNode(
    describedNode('indexer', { after: ['api'] }),
    [fakeProcess(4302, { command: 'node indexer.js', rssBytes: 182 * MIB, cpuPercent: 104.2, state: 'R' })],
    {
      cpuHistory: Array.from({ length: 60 }, (_, second) => second * 1.8),
      ledger: [fakeCheck(8, 2980, 1, 100), fakeCheck(5, 3010, 2, 110), fakeCheck(2, 3120, 3, 120)],
      budget: { uses: 2, limit: 4, refillsAt: new Date(NOW + 380_000).toISOString() },
      lastExit: { code: 143, signal: undefined, oomKilled: false, at: ago(8.6), uptimeMs: 61_000 },
      incarnation: 3,
      restarts: 2
    }
  )
  const shipper = fakeNode(describedNode('shipper'), [], {
    phase: { phase: 'backing-off', until: new Date(NOW + 6500).toISOString(), delayMs: 9000 },
    cpuHistory: [14, 15, 12, 1, 0, 0],
    budget: { uses: 3, limit: 4, refillsAt: new Date(NOW + 120_000).toISOString() }
  })
  return {
    run: {
      name: 'demo',
      host: 'web-01',
      version: '0.1.0',
      pid: 4200,
      startedAt: ago(11_530),
      level: 'normal',
      compat: 'none',
      dryRun: false,
      sampler: 'procfs',
      logicalCpus: 2,
      facilities: [
        { name: 'native', available: true, detail: '' },
        { name: 'pidfd', available: true, detail: '' },
        {
          name: 'cgroup',
          available: false,
          detail: 'the cgroup folder is not writable; trees are followed by subreaper and events instead'
        }
      ],
      intervalMs: 3000,
      shutdown: undefined,
      ended: undefined,
      self: { cpuPercent: 0.4, rssBytes: 70 * MIB, hostCpuPercent: 21, hostMemoryUsed: 1.9 * 2 ** 30, hostMemoryTotal: 24 * 2 ** 30 },
      hostCpuHistory: [10, 12, 20, 30, 40, 25, 10, 21, 22, 18, 30, 44]
    },
    nodes: { api: worker, indexer, shipper },
    order: ['api', 'indexer', 'shipper'],
    orphans: { socket: undefined, armed: 0, acting: 0, parents: 0, refused: 0, pairs: [] },
    checks: [],
    events: fakeEvents(
      { type: 'node-started', node: 'indexer', incarnation: 2, leader: { pid: 4290, startTime: 1 }, containment: 'cgroup', epoch: EPOCH },
      {
        type: 'limit-exceeded',
        node: 'indexer',
        rule: 'cpu',
        arithmetic: 'CPU 2900 ms > 600 ms = 10% x 3000 ms x 2 CPUs',
        secondsLeft: 9
      },
      { type: 'node-stopping', node: 'indexer', receipt: 7, reason: receipt.reason },
      { type: 'receipt-closed', node: 'indexer', receipt },
      {
        type: 'node-backing-off',
        node: 'indexer',
        delayMs: 7000,
        until: ago(1),
        budget: { uses: 2, limit: 4, refillsAt: undefined }
      },
      { type: 'node-started', node: 'indexer', incarnation: 3, leader: { pid: 4302, startTime: 2 }, containment: 'cgroup', epoch: EPOCH }
    ),
    receipts: [fakeReceipt(6, { node: 'shipper', openedAt: ago(60), closedAt: ago(59) }), receipt],
    problems: [],
    lastSeq: 6,
    ...changes
  }
}

export interface FakeSession extends Session {
  /** Everything that was sent, in order. */
  readonly sent: readonly Command[]
  /** Replaces the state and tells everyone. */
  update(change: (state: SupervisorState) => SupervisorState): void
  write(node: string, ...lines: readonly string[]): void
}

/** A session without a supervisor: it remembers what was sent and says what it is told to say. */
export function createFakeSession(
  initial: SupervisorState = fakeState(),
  answer: (command: Command) => CommandResult = () => success(undefined),
  ask: Ask = async () => failure('unsupported', 'nobody answers')
): FakeSession {
  let state = initial
  const sent: Command[] = []
  const listeners = new Set<() => void>()
  const logs = new Map<string, LogLine[]>()
  const logListeners = new Map<string, Set<() => void>>()
  const window = (node: string): LogWindow => ({ lines: logs.get(node) ?? [], dropped: 0 })
  return {
    sent,
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async send(command) {
      sent.push(command)
      return answer(command)
    },
    ask,
    logs: window,
    subscribeLogs(node, listener) {
      const known = logListeners.get(node) ?? new Set()
      logListeners.set(node, known.add(listener))
      return () => known.delete(listener)
    },
    update(change) {
      state = change(state)
      for (const listener of listeners) listener()
    },
    write(node, ...texts) {
      const before = logs.get(node) ?? []
      const added = texts.map((text, index) => ({ seq: before.length + index + 1, time: ago(1), stream: 'stdout' as const, text }))
      logs.set(node, [...before, ...added])
      for (const listener of logListeners.get(node) ?? []) listener()
    }
  }
}

/** What a session tells of one process. */
export const FAKE_DETAILS: ProcessDetails = {
  pid: 4219,
  startTime: 804219,
  ppid: 4211,
  uid: 1000,
  comm: 'node',
  command: 'node render.js',
  execId: 'id',
  binary: '/usr/bin/node',
  arguments: 'render.js',
  cwd: '/srv/shop',
  startedAt: '2026-01-01T12:00:00.000Z',
  threads: 7,
  state: 'S',
  ancestors: [
    { pid: 4211, execId: 'a', command: 'node server.js' },
    { pid: 1, execId: 'b', command: '/sbin/init' }
  ],
  credentials: {
    uid: 1000,
    gid: 1000,
    euid: 0,
    egid: 1000,
    suid: 0,
    sgid: 1000,
    groups: [27, 100],
    auid: 1000,
    capPermitted: 'CAP_KILL',
    capEffective: '',
    capInheritable: ''
  },
  namespaces: {
    pid: { inode: 4026531836, isHost: true },
    net: { inode: 4026532999, isHost: false },
    user: { inode: 5, isHost: undefined }
  },
  container: 'ae7a1981e064c217035e0b23979c8de',
  cgroup: '/kubepods/x',
  properties: ['setuid'],
  source: 'events'
}
