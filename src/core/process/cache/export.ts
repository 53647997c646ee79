import type { ExitStatus } from '../../receipt.ts'
import { capabilityNames } from '../details/capabilities.ts'
import type { ProcessFacts } from '../details/facts.ts'
import { FLAG_OF, flagText } from '../details/flags.ts'
import type { PodFacts } from '../details/pod.ts'
import type { BinaryProperties, PrivilegeChange } from '../details/properties.ts'
import type { BootTime } from './boot-time.ts'
import { timeText } from './boot-time.ts'
import type { ProcessCopy } from './image.ts'

/** Writes records in the shape of Tetragon's JSON export; what is unknown is left out, and `binary` is `unknown`. */
export interface Exporter {
  exec(process: ProcessCopy, parent: ProcessCopy | undefined): string
  exit(process: ProcessCopy, parent: ProcessCopy | undefined): string
  unknownExit(pid: number, ktime: bigint, exit: ExitStatus | undefined): string
}

export interface ExporterOptions {
  readonly nodeName: string
  readonly bootTime: Pick<BootTime, 'wall' | 'now'>
  /** Of the container with this short id. */
  readonly podOf: (container: string) => PodFacts | undefined
}

const UNKNOWN = 'unknown'

const PRIVILEGES: Readonly<Record<PrivilegeChange, string>> = {
  'file-capabilities': 'PRIVILEGES_RAISED_EXEC_FILE_CAP',
  setuid: 'PRIVILEGES_RAISED_EXEC_FILE_SETUID',
  setgid: 'PRIVILEGES_RAISED_EXEC_FILE_SETGID'
}

export function createExporter({ nodeName, bootTime, podOf }: ExporterOptions): Exporter {
  const timeOf = (ktime: bigint): string => timeText(bootTime.wall(ktime))

  const shownProcess = (process: ProcessCopy): object => {
    const { facts } = process
    const container = facts?.container
    return {
      exec_id: process.execId,
      pid: process.pid,
      // the effective one, as Tetragon's
      uid: facts?.credentials?.euid,
      cwd: facts?.cwd,
      binary: facts?.binary ?? UNKNOWN,
      arguments: facts?.arguments === '' ? undefined : facts?.arguments,
      flags: flagText(FLAG_OF[process.made], ...(facts?.flags ?? ['miss'])),
      start_time: timeOf(process.ktime),
      auid: facts?.auid,
      pod: container === undefined ? undefined : shownPod(podOf(container), process),
      docker: container,
      parent_exec_id: process.parentExecId === '' ? undefined : process.parentExecId,
      refcnt: process.references,
      tid: process.tid ?? process.pid,
      in_init_tree: facts?.flags.includes('inInitTree') === true ? true : undefined
    }
  }

  const shownParent = (parent: ProcessCopy | undefined): object | undefined => parent && shownProcess(parent)

  /** `source` (events or scan) and `node` (the managed tree) are ours; Tetragon's tools skip what they do not know. */
  const envelope = (event: object, ktime: bigint, process: Pick<ProcessCopy, 'source' | 'node'>): string =>
    JSON.stringify({ ...event, node_name: nodeName, time: timeOf(ktime), source: process.source, node: process.node })

  return {
    exec(process, parent) {
      const shown = { ...shownProcess(process), ...shownPrivileges(process.facts) }
      return envelope({ process_exec: { process: shown, parent: shownParent(parent) } }, process.ktime, process)
    },
    exit(process, parent) {
      const ktime = process.end?.ktime ?? bootTime.now()
      const event = { process: shownProcess(process), parent: shownParent(parent), ...shownExit(process.end?.exit), time: timeOf(ktime) }
      return envelope({ process_exit: event }, ktime, process)
    },
    unknownExit(pid, ktime, exit) {
      const event = { process: { pid, binary: UNKNOWN, flags: 'miss', tid: pid }, ...shownExit(exit), time: timeOf(ktime) }
      return envelope({ process_exit: event }, ktime, { source: 'events', node: undefined })
    }
  }
}

/** status and signal; both are missing where nobody told. */
function shownExit(exit: ExitStatus | undefined): object {
  if (exit === undefined) return {}
  return { signal: exit.signal, status: exit.code }
}

/** Only with the exec itself: they are a hundred words for root. */
function shownPrivileges(facts: ProcessFacts | undefined): object {
  const { credentials, properties } = facts ?? {}
  if (credentials === undefined) return {}
  const { uid, gid, euid, egid, suid, sgid, fsuid, fsgid, permitted, effective, inheritable } = credentials
  return {
    cap: {
      permitted: namesOrNothing(permitted),
      effective: namesOrNothing(effective),
      inheritable: namesOrNothing(inheritable)
    },
    process_credentials: { uid, gid, euid, egid, suid, sgid, fsuid, fsgid },
    binary_properties: properties && shownProperties(properties)
  }
}

const namesOrNothing = (mask: bigint): readonly string[] | undefined => (mask === 0n ? undefined : capabilityNames(mask))

/** undefined: there is nothing special. */
function shownProperties({ setuid, setgid, privilegesChanged, unlinked }: BinaryProperties): object | undefined {
  if (setuid === undefined && setgid === undefined && privilegesChanged.length === 0 && unlinked === undefined) return undefined
  return {
    setuid,
    setgid,
    privileges_changed: privilegesChanged.length === 0 ? undefined : privilegesChanged.map((change) => PRIVILEGES[change]),
    file: unlinked && { inode: { number: unlinked.inode, links: 0 } }
  }
}

function shownPod(pod: PodFacts | undefined, { made, facts }: ProcessCopy): object | undefined {
  if (pod === undefined) return undefined
  const { container } = pod
  return {
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    container: {
      id: container.id,
      name: container.name,
      image: { id: container.imageId, name: container.image },
      start_time: container.startedAt,
      // a clone shares the facts of the process that it came from, all but this
      pid: made === 'clone' ? undefined : facts?.innerPid
    },
    pod_labels: pod.labels,
    workload: pod.workload,
    workload_kind: pod.workloadKind
  }
}
