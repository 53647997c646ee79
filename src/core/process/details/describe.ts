import { failure, type Result, success } from '../../errors.ts'
import type { ProcessTable } from '../../ports.ts'
import type { ProcessDetails } from '../../queries.ts'
import type { BootTime } from '../cache/boot-time.ts'
import type { ProcessCopy } from '../cache/image.ts'
import { execIdOf, ktimeOfStart } from '../exec-id.ts'
import { type Identity, sameProcess } from '../identity.ts'
import type { ProcReader } from '../proc-reader.ts'
import type { ProcessSample } from '../sample.ts'
import { type Ancestor, ancestorsByParents, MOST_ANCESTORS } from './ancestry.ts'
import { capabilityNames } from './capabilities.ts'
import { commandOfFacts, MISSED, type ProcessFacts, UNSET_AUID } from './facts.ts'
import { FLAG_OF, flagText, type ProcessFlag } from './flags.ts'
import { namespacesOf } from './namespaces.ts'
import type { PodFacts } from './pod.ts'
import type { ProcFiles } from './proc-files.ts'
import { describeProperties } from './properties.ts'
import type { FactsReader } from './read.ts'

/** What a cache of processes knows, where there is one. */
export interface KnownProcesses {
  /** The newest image of this very process, also when it has ended. */
  imageOf(target: Identity): ProcessCopy | undefined
  /** From the parent of this image up. */
  ancestors(execId: string, most: number): readonly ProcessCopy[]
  podOf(container: string): PodFacts | undefined
}

export interface DescriberPorts {
  readonly table: Pick<ProcessTable, 'inspect'>
  readonly reader: ProcReader
  readonly files: ProcFiles
  readonly facts: FactsReader
  readonly bootTime: BootTime
  readonly nodeName: string
  readonly known: KnownProcesses
}

export interface Describer {
  /** All that can be known of one process; errors: ESRCH when it is gone and was not kept. */
  describe(target: Identity): Result<ProcessDetails>
  /** From the parent to the oldest that is known. */
  ancestry(target: Identity): readonly Ancestor[]
}

const CGROUP_BYTES = 16_384
const INIT = 1

export function createDescriber({ table, reader, files, facts, bootTime, nodeName, known }: DescriberPorts): Describer {
  const { ticksPerSecond } = reader.units
  /** Pid 1 never leaves its namespaces; whether they may be looked at does not change either. */
  const ofInit = new Map<string, { readonly link: string | undefined }>()

  const wallTime = (ktime: bigint): string => new Date(Number(bootTime.wall(ktime) / 1_000_000n)).toISOString()

  const living = (target: Identity): ProcessSample | undefined => {
    const sample = table.inspect(target.pid)
    return sample !== undefined && sameProcess(sample, target) ? sample : undefined
  }

  const ancestry = (target: Identity, ppid: number | undefined): readonly Ancestor[] => {
    const image = known.imageOf(target)
    const kept = image === undefined ? [] : known.ancestors(image.execId, MOST_ANCESTORS)
    return kept.length > 0 ? kept.map(ancestorOf) : ancestorsByParents(table, ppid)
  }

  const readCgroup = (pid: number): string | undefined => {
    const found = files.read(pid, 'cgroup', CGROUP_BYTES)
    if (!found.ok) return undefined
    const paths = found.value
      .toString('utf8')
      .split('\n')
      .map((line) => line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1))
    return paths.reduce((longest, path) => (path.length > longest.length ? path : longest), '')
  }

  const linkOf = (pid: number, name: string): string | undefined => {
    const known = pid === INIT ? ofInit.get(name) : undefined
    if (known !== undefined) return known.link
    const found = files.link(pid, `ns/${name}`)
    const link = found.ok ? found.value : undefined
    if (pid === INIT) ofInit.set(name, { link })
    return link
  }

  const describeLiving = (sample: ProcessSample): Result<ProcessDetails> => {
    const image = known.imageOf(sample)
    const read = facts.read(sample.pid)
    const found = read === undefined || read.startTime !== sample.startTime ? (image?.facts ?? MISSED) : read.facts
    const namespaces = namespacesOf(sample.pid, linkOf)
    const cgroup = readCgroup(sample.pid)
    // what was read after its end would be another's
    const after = reader.stat(sample.pid)
    if (after !== undefined && after.startTime !== sample.startTime) return gone(sample)
    const { pid, startTime, ppid, comm, command, execId, threads, state } = sample
    const identity = { pid, startTime, ppid, comm, command, execId, threads, state, startedAt: startOf(sample), namespaces, cgroup }
    const ancestors = ancestry(sample, ppid)
    return success({ ...identity, ...shownFacts(found, image), ancestors, source: image?.source ?? 'procfs', ...shownImage(image) })
  }

  const describeEnded = (image: ProcessCopy): ProcessDetails => {
    const { pid, startTime, execId } = image
    const ancestors = known.ancestors(execId, MOST_ANCESTORS).map(ancestorOf)
    const command = commandOfFacts(image.facts ?? MISSED)
    const comm = (image.facts?.binary ?? '').split('/').at(-1) ?? ''
    return {
      ...{ pid, startTime, execId, ppid: ancestors[0]?.pid ?? 0, comm, command, threads: 0, state: 'ended', startedAt: startOf(image) },
      ...{ namespaces: undefined, cgroup: undefined, ancestors, source: image.source },
      ...shownFacts(image.facts ?? MISSED, image),
      ...shownImage(image)
    }
  }

  const startOf = ({ startTime }: Identity): string => wallTime(ktimeOfStart(startTime, ticksPerSecond))

  const shownFacts = (found: ProcessFacts, image: ProcessCopy | undefined) => {
    const made: ProcessFlag = image === undefined ? 'procFS' : FLAG_OF[image.made]
    return {
      uid: found.credentials?.uid ?? -1,
      binary: found.binary,
      arguments: found.arguments,
      cwd: found.cwd,
      credentials: shownCredentials(found),
      container: found.container,
      properties: found.properties && describeProperties(found.properties),
      flags: flagText(made, ...found.flags),
      pod: found.container === undefined ? undefined : known.podOf(found.container)
    }
  }

  const shownImage = (image: ProcessCopy | undefined) => ({
    node: image?.node,
    parentExecId: image?.parentExecId,
    references: image?.references,
    endedAt: image?.end && wallTime(image.end.ktime),
    exit: image?.end?.exit
  })

  return {
    describe(target) {
      const sample = living(target)
      if (sample !== undefined) return describeLiving(sample)
      const image = known.imageOf(target)
      return image === undefined ? gone(target) : success(describeEnded(image))
    },
    ancestry: (target) => ancestry(target, living(target)?.ppid)
  }

  function gone({ pid, startTime }: Identity): Result<never> {
    const id = execIdOf(nodeName, ktimeOfStart(startTime, ticksPerSecond), pid)
    return failure('ESRCH', `process ${pid} (${id}) has ended, and nothing was kept of it`)
  }
}

const ancestorOf = ({ pid, execId, facts }: ProcessCopy): Ancestor => ({ pid, execId, command: commandOfFacts(facts ?? MISSED) })

function shownCredentials({ credentials, auid }: ProcessFacts): ProcessDetails['credentials'] {
  if (credentials === undefined) return undefined
  const { permitted, effective, inheritable, ambient: _ambient, ...ids } = credentials
  return {
    ...ids,
    auid: auid === UNSET_AUID ? undefined : auid,
    capPermitted: capabilityNames(permitted).join(' '),
    capEffective: capabilityNames(effective).join(' '),
    capInheritable: capabilityNames(inheritable).join(' ')
  }
}
