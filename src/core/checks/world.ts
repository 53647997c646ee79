import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseAuxv } from '../process/auxv.ts'
import { createProcFiles, type ProcFiles } from '../process/details/proc-files.ts'
import { type Accounts, resolveAccounts } from './accounts.ts'
import type { SecuritySystem } from './contexts/security-system.ts'
import { SECURITY_SYSTEMS } from './contexts/systems.ts'
import { hiddenBy } from './hidepid.ts'
import { type Fact, factFrom, viewProcess } from './process-view.ts'
import type { Condition, Rule } from './rule.ts'

/** What rules are evaluated against, besides each process; made anew for each scan, since any of it may change. */
export interface World {
  readonly root: string
  readonly files: ProcFiles
  readonly pids: readonly number[]
  /** Why there may be processes that are not in `pids`; undefined: all are. */
  readonly unseen: string | undefined
  /** ms since boot, on the clock of the start times; undefined: not told. */
  readonly uptimeMs: number | undefined
  readonly ticksPerSecond: number
  readonly pageBytes: number
  /** Pid of this process in the tree; undefined: it is another's tree. */
  readonly self: number | undefined
  /** Those that label processes here. */
  readonly systems: readonly SecuritySystem[]
  readonly accounts: Accounts
  /** `user:[4026532100]`: ids are those of this user namespace, which is not the first one; undefined: it is, or not told. */
  readonly userNamespace: string | undefined
}

export interface Place {
  /** Of /proc, or of a recorded tree of it; /sys and /etc are looked for beside it. */
  readonly root: string
  readonly systems?: readonly SecuritySystem[]
}

/** linux/proc_ns.h: the inode of the first user namespace. */
const FIRST_USER_NAMESPACE = 'user:[4026531837]'

export async function lookAround({ root, systems = SECURITY_SYSTEMS }: Place, rules: readonly Rule[]): Promise<World> {
  const beside = dirname(resolve(root))
  const pids = numericNames(root)
  const files = createProcFiles(root)
  const namespace = knownOf(factFrom(() => readlinkSync(join(root, 'self/ns/user'))))
  const self = knownOf(factFrom(() => readlinkSync(join(root, 'self')))) === String(process.pid) ? process.pid : undefined
  const wants = (field: Condition['field']): boolean => rules.some(({ tests }) => tests.some(({ condition }) => condition.field === field))
  return {
    root,
    files,
    pids: pids.kind === 'known' ? pids.value : [],
    unseen: unseenIn(root, pids),
    uptimeMs: uptimeOf(textOf(join(root, 'uptime'))),
    ...parseAuxv(bytesOf(join(root, 'self/auxv')) ?? Buffer.alloc(0)),
    self,
    systems: wants('context')
      ? presentSystems(systems, join(beside, 'sys'), files, self === undefined && pids.kind === 'known' ? pids.value : [])
      : [],
    accounts: await resolveAccounts(rules, join(beside, 'etc')),
    userNamespace: namespace === FIRST_USER_NAMESPACE ? undefined : namespace
  }
}

function unseenIn(root: string, pids: Fact<readonly number[]>): string | undefined {
  if (pids.kind === 'denied') return `${root} cannot be read: ${pids.code}`
  if (pids.kind === 'absent') return `${root} cannot be read: ENOENT`
  if (pids.value.length === 0) return `there are no processes in ${root}`
  return hiddenBy(root)
}

/** A recorded tree may come without /sys: then its own labels tell. */
function presentSystems(
  systems: readonly SecuritySystem[],
  sys: string,
  files: ProcFiles,
  recorded: readonly number[]
): readonly SecuritySystem[] {
  const present = systems.filter((system) => system.isPresent((path) => textOf(join(sys, path))))
  if (present.length > 0) return present
  return systems.filter((system) => recorded.some((pid) => labels(system, files, pid)))
}

function labels(system: SecuritySystem, files: ProcFiles, pid: number): boolean {
  const view = viewProcess(files, pid)
  if (view.kind !== 'known') return false
  return system.files.some((file) => {
    const text = view.value.label(file)
    return text.kind === 'known' && system.labelIn(text.value) !== undefined
  })
}

/** First number of /proc/uptime, seconds. */
function uptimeOf(text: string | undefined): number | undefined {
  const seconds = Number(text?.split(' ', 1)[0] ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}

const numericNames = (folder: string): Fact<readonly number[]> =>
  factFrom(() => readdirSync(folder).flatMap((name) => (/^[1-9]\d*$/.test(name) ? [Number(name)] : [])))

const bytesOf = (path: string): Buffer | undefined => knownOf(factFrom(() => readFileSync(path)))

const textOf = (path: string): string | undefined => knownOf(factFrom(() => readFileSync(path, 'latin1')))

const knownOf = <T>(fact: Fact<T>): T | undefined => (fact.kind === 'known' ? fact.value : undefined)
