import { failure, success } from '../../src/core/errors.ts'
import type { EventBody, NodeSample } from '../../src/core/events.ts'
import { createOutputRings } from '../../src/core/output/rings.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Ask } from '../../src/core/queries.ts'
import { createLocalSession } from '../../src/local-session.ts'
import type { Session } from '../../src/session.ts'
import { createStore } from '../../src/store.ts'
import { describedNode, FAKE_DETAILS, fakeCheck, fakeProcess, fakeReceipt } from '../../test/helpers/fake-session.ts'

const NODES = ['api', 'indexer', 'shipper', 'mailer']
const PROCESSES_A_NODE = 10

/** A supervisor's session in which everything happens that a screen shows, without a supervisor. */
export interface Life {
  readonly session: Session
  /** One second more: every process has other figures, lines are written, something is stopped and starts again. */
  second(): void
}

/**
 * Over the real store and the real rings of output. Everything that is kept is full within ten minutes: histories of 600 values,
 * 1,000 events, 200 receipts, 1,000 lines a node; what still grows afterwards is lost memory.
 */
export function createLife(clock: Clock, random: () => number): Life {
  const store = createStore({ name: 'bench', host: 'web-01', version: '0.1.0', pid: 1, intervalMs: 1000 })
  const output = createOutputRings(clock)
  let seq = 0
  let seconds = 0
  let nextPid = 1000
  let receipt = 0
  const pids = new Map(NODES.map((node) => [node, Array.from({ length: PROCESSES_A_NODE }, () => nextPid++)]))

  const now = (): string => new Date(clock.wall()).toISOString()
  const happen = (body: EventBody, node?: string): void =>
    store.dispatch({
      ...body,
      seq: ++seq,
      host: 'web-01',
      boot: 'boot',
      time: now(),
      mono: clock.now(),
      ...(node === undefined ? {} : { node })
    })
  const start = (node: string): void => {
    const pid = pids.get(node)?.[0] ?? 0
    happen(
      { type: 'node-started', incarnation: 1 + seconds, leader: { pid, startTime: 800_000 + pid }, containment: 'cgroup', epoch: 0 },
      node
    )
    happen({ type: 'node-ready', detail: 'it answers' }, node)
  }

  const sampleOf = (node: string): NodeSample => {
    const [leader = 0, ...others] = pids.get(node) ?? []
    const processes = [leader, ...others].map((pid) =>
      fakeProcess(pid, {
        ppid: pid === leader ? 1 : leader,
        cpuPercent: random() * 5,
        cpuMs: seconds * 20 + pid,
        rssBytes: Math.floor((20 + random() * 10) * 2 ** 20)
      })
    )
    const sum = (of: (process: (typeof processes)[number]) => number): number => processes.reduce((all, process) => all + of(process), 0)
    return {
      node,
      cpuSource: 'clock',
      cpuPercent: sum(({ cpuPercent }) => cpuPercent),
      rssBytes: sum(({ rssBytes }) => rssBytes),
      processes
    }
  }

  const replaceOne = (node: string): void => {
    const own = pids.get(node) ?? []
    own[1 + Math.floor(random() * (own.length - 1))] = nextPid++
  }
  const stopAndStart = (node: string): void => {
    const id = ++receipt
    const told = fakeReceipt(id, { node, openedAt: now(), closedAt: now() })
    happen({ type: 'limit-exceeded', rule: 'cpu', arithmetic: 'CPU 2900 ms > 600 ms = 10% x 3000 ms x 2 CPUs', secondsLeft: 3 }, node)
    happen({ type: 'node-stopping', receipt: id, reason: told.reason }, node)
    happen({ type: 'receipt-opened', receipt: { ...told, closedAt: undefined } }, node)
    happen({ type: 'receipt-closed', receipt: told }, node)
    pids.set(
      node,
      Array.from({ length: PROCESSES_A_NODE }, () => nextPid++)
    )
    start(node)
  }

  for (const node of NODES) {
    happen({ type: 'node-added', description: describedNode(node) }, node)
    start(node)
  }
  const ask = (async (query: Parameters<Ask>[0]) =>
    query.type === 'process' ? success({ ...FAKE_DETAILS, ...query.target }) : failure('unsupported', 'nobody answers')) as Ask
  return {
    session: createLocalSession(store, async () => success(undefined), ask, output),
    second() {
      seconds++
      const node = NODES[seconds % NODES.length] ?? ''
      if (seconds % 3 === 0) stopAndStart(node)
      else replaceOne(node)
      happen({ type: 'refreshed', samples: NODES.map(sampleOf) })
      happen({
        type: 'self-sampled',
        cpuPercent: random(),
        rssBytes: 70 * 2 ** 20,
        hostCpuPercent: random() * 100,
        hostMemoryUsed: (2 + random()) * 2 ** 30,
        hostMemoryTotal: 24 * 2 ** 30
      })
      for (const name of NODES) {
        const entry = { ...fakeCheck(0, Math.floor(random() * 600), 0, Math.floor(random() * 50)), time: now() }
        happen({ type: 'checked', entry, acting: true }, name)
        output.append(name, 'stdout', `${now()} request ${seconds} took ${Math.floor(random() * 1000)} ms`)
        output.append(name, 'stderr', `${now()} warning ${nextPid}`)
      }
    }
  }
}
