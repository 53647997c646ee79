import type { Result } from '../errors.ts'
import { failure } from '../errors.ts'
import type { Emit } from '../events.ts'
import { type Identity, sameProcess } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import { readLeft, writeLeft } from './left-file.ts'
import { matchLeft } from './left-match.ts'
import type { LeftNode, LeftRecord } from './left-record.ts'

/** What an earlier supervisor left running, and what this one would leave; reaper: `onSupervisorDeath`. */
export interface LeftNodes {
  /** Reads the record and finds what runs of it; what does not match is not touched, and told. */
  load(nodes: readonly string[]): void
  /** What was left of this node, and is there; once. */
  take(node: string): LeftNode | undefined
  /** Before the program runs. An error means that the next start would not know of it. */
  record(left: LeftNode): Result<undefined>
  forget(node: string): void
}

export interface LeftNodesOptions {
  /** The record; the error says why there can be none. */
  readonly path: () => Result<string>
  readonly boot: string
  readonly pidNamespace: string
  readonly reader: ProcReader
  readonly emit: Emit
}

export function createLeftNodes({ path, boot, pidNamespace, reader, emit }: LeftNodesOptions): LeftNodes {
  const found = new Map<string, LeftNode>()
  /** As they stand in the record. */
  const recorded = new Map<string, LeftNode>()
  /** Why the record is not ours to write. */
  let foreign: string | undefined

  const tell = (code: string, message: string, next: string): void => emit({ type: 'problem', failure: { code, message }, next })

  const isAlive = (target: Identity): boolean => reader.stat(target.pid)?.startTime === target.startTime

  const us = (): Identity => ({ pid: process.pid, startTime: reader.stat(process.pid)?.startTime ?? 0 })

  const write = (): Result<undefined> => {
    if (foreign !== undefined) return failure('left-record', foreign)
    const file = path()
    return file.ok ? writeLeft(file.value, { boot, pidNamespace, supervisor: us(), nodes: [...recorded.values()] }) : file
  }

  const consider = (left: LeftNode, nodes: readonly string[]): void => {
    const { node, leader } = left
    const match = matchLeft(left, reader)
    if (match.kind === 'gone') return
    if (match.kind === 'another') {
      tell('left-mismatch', `process ${leader.pid} is not taken over as ${node}: ${match.detail}`, 'It is not touched.')
      return
    }
    recorded.set(node, left)
    if (nodes.includes(node)) found.set(node, { ...left, cgroup: match.cgroup })
    else
      tell(
        'left-unknown',
        `${node} runs on as process ${leader.pid}, but no node has that name now`,
        'It is not touched; end it, or bring the node back.'
      )
  }

  const loadRecord = (record: LeftRecord, nodes: readonly string[]): void => {
    // after a reboot nothing of it can be there
    if (record.boot !== boot) return
    if (record.pidNamespace !== pidNamespace) {
      foreign = 'the record is that of another pid namespace'
      tell(
        'left-record',
        `what was left running is in another pid namespace (${record.pidNamespace}) and is not touched`,
        'Use another stateDir here.'
      )
      return
    }
    if (isAlive(record.supervisor) && !sameProcess(record.supervisor, us())) {
      foreign = `the record is that of tsupervise ${record.supervisor.pid}, which runs`
      tell(
        'left-record',
        `what runs belongs to tsupervise ${record.supervisor.pid} and is not touched`,
        'Give this run another name or stateDir.'
      )
      return
    }
    for (const left of record.nodes) consider(left, nodes)
  }

  return {
    load(nodes) {
      const file = path()
      if (!file.ok) return
      const read = readLeft(file.value)
      if (!read.ok) {
        foreign = `the record cannot be used: ${read.error.message}`
        tell(
          read.error.code,
          `${read.error.message}; nothing is taken over, and no process is touched`,
          `Look what still runs, then remove ${file.value}.`
        )
      } else if (read.value !== undefined) loadRecord(read.value, nodes)
    },
    take(node) {
      const left = found.get(node)
      found.delete(node)
      return left
    },
    record(left) {
      recorded.set(left.node, left)
      const written = write()
      if (!written.ok) recorded.delete(left.node)
      return written
    },
    forget(node) {
      if (!recorded.delete(node)) return
      const written = write()
      if (!written.ok) tell(written.error.code, written.error.message, 'The next start finds by itself that it is gone.')
    }
  }
}

/** For a run without a record: nothing was left, and nothing can be. */
export const noLeftNodes: LeftNodes = {
  load: () => undefined,
  take: () => undefined,
  record: () => failure('left-record', 'there is no state folder'),
  forget: () => undefined
}
