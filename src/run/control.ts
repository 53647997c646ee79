import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Control, createControl } from '../core/control/control.ts'
import { identifyPeer } from '../core/control/peer.ts'
import type { ControlPorts, History } from '../core/control/ports.ts'
import { errnoOf, failure, type Result, success } from '../core/errors.ts'
import { libc } from '../core/linux/libc.ts'
import { type ListeningSocket, listenOn } from '../core/linux/unix-listener.ts'
import { findGroup, localUserName } from '../core/spawn/users.ts'
import type { MetricsSource } from '../metrics/source.ts'
import { nodeOf } from '../store/nodes.ts'
import { selectNodes } from '../store.ts'
import type { BuiltRun } from './build.ts'
import { VERSION } from './version.ts'

/** The control API of this run, listening. */
export interface ControlService {
  /** Says where it is. */
  tell(): void
  /** Ends the streams, then the socket goes. */
  close(): Promise<void>
}

export interface ControlParts {
  readonly run: BuiltRun
  readonly history: History
  readonly metrics: () => Promise<MetricsSource>
}

/** A stream that is not read is not waited for, ms. */
const CLOSE_MS = 1000

/**
 * Serves the control API at `path`. Errors: in-use (somebody listens there already), unsafe-folder, not-a-socket, ENAMETOOLONG,
 * no-such-group, and those of mkdir(2), bind(2) and chown(2).
 */
export async function serveControl(path: string, parts: ControlParts): Promise<Result<ControlService>> {
  const { run } = parts
  const { group } = run.settings().control
  const found = group === undefined ? success(undefined) : findGroup(group)
  if (!found.ok) return found
  const gid = found.value
  const folder = makeFolder(path, gid)
  if (!folder.ok) return folder
  const control = createControl(portsOf(parts), {
    identify: (socket) => identifyPeer(socket, { ownUid: process.geteuid?.() ?? 0, gid, nameOf: localUserName }),
    groupMay: () => run.settings().control.groupMay,
    onBug: (error) => tellBug(run, error)
  })
  const listening = await listenOn({ address: path, mode: gid === undefined ? 0o600 : 0o660, gid, server: control.server })
  if (!listening.ok) return listening
  return success({
    tell: () => tellOpened(run, path, group, listening.value),
    close: () => close(control, listening.value)
  })
}

/** Entered by the group where there is one; who may connect is said by the socket's own mode. */
function makeFolder(path: string, gid: number | undefined): Result<undefined> {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true, mode: process.geteuid?.() === 0 || gid !== undefined ? 0o755 : 0o700 })
    return success(undefined)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `the folder ${folder} of the control socket cannot be made: ${code}`)
  }
}

function tellOpened(run: BuiltRun, socket: string, group: string | undefined, { mode = 0o600 }: ListeningSocket): void {
  const isShared = mode !== 0o600
  run.emit({ type: 'control-opened', socket, mode: mode.toString(8).padStart(4, '0'), group: isShared ? group : undefined })
  if (group === undefined || isShared || libc() !== undefined) return
  const message = `without native calls members of the group ${group} cannot be told from others: the control socket is for the owner alone`
  run.emit({ type: 'problem', failure: { code: 'facility-missing', message }, next: undefined })
}

function tellBug(run: BuiltRun, error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  run.emit({ type: 'problem', failure: { code: 'bug', message: `the control API failed: ${detail}` }, next: 'Please report it.' })
}

function portsOf({ run, history, metrics }: ControlParts): ControlPorts {
  const { clock, store, output, supervisor } = run
  const openedAt = new Date(clock.wall()).toISOString()
  const uid = process.geteuid?.() ?? 0
  return {
    clock,
    history,
    runId: run.runId,
    facts: () => {
      const { name, host, pid, startedAt = openedAt } = store.getState().run
      return { name, version: VERSION, pid, host, user: localUserName(uid) ?? String(uid), startedAt }
    },
    views: {
      state: () => store.getState(),
      lastSeq: () => store.getState().lastSeq,
      nodes: () => selectNodes(store.getState()),
      node: (name) => nodeOf(store.getState().nodes, name),
      receipts: () => store.getState().receipts,
      events: () => store.getState().events
    },
    execute: run.execute,
    ask: run.ask,
    read: (reader) => run.read(reader),
    standing: (node) => supervisor.standing(node),
    logs: (node) => output.window(node),
    subscribeLogs: (node, listener) => output.subscribe(node, listener),
    metrics: async (accept) => (await metrics()).render(accept),
    isStopping: () => store.getState().run.shutdown !== undefined
  }
}

/** Whoever waits for the end hears of it first. */
async function close(control: Control, listening: ListeningSocket): Promise<void> {
  control.close()
  const closed = listening.close()
  const { server } = control
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  await closed
  clearTimeout(timer)
}
