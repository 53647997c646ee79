import { errnoOf, type Result, success } from '../errors.ts'
import { commandOf } from '../process/command-line.ts'
import { containerIdOf } from '../process/details/container.ts'
import type { ProcFiles } from '../process/details/proc-files.ts'
import type { Identity } from '../process/identity.ts'
import { emptyStatLine, hasEnded, isKernelThread, parseStatLine } from '../process/stat-line.ts'
import { type CheckedCredentials, parseCheckedCredentials } from './credentials.ts'

/** A fact of a process: known; `absent`: there is none, or the process is gone; `denied`: it may not be looked at. */
export type Fact<T> =
  | { readonly kind: 'known'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'denied'; readonly code: string }

/** One process at one moment. What costs a look at another file is read when it is first asked for. */
export interface ProcessView extends Identity {
  readonly comm: string
  readonly state: string
  readonly ppid: number
  readonly isKernel: boolean
  /** A zombie. */
  readonly hasEnded: boolean
  /** User and system time, clock ticks. */
  readonly cpuTicks: number
  /** Path of the file that it executes, as the kernel writes it. */
  exe(): Fact<string>
  /** Whether that file is not there any more under its name. */
  isDeleted(): Fact<boolean>
  /** Absent where there are none. */
  argv(): Fact<readonly string[]>
  credentials(): Fact<CheckedCredentials>
  /** Pages: virtual, resident. */
  memory(): Fact<{ readonly virtual: number; readonly resident: number }>
  /** Id of its container; absent: in none. */
  container(): Fact<string>
  /** A file below attr/ as it is, once for each. */
  label(file: string): Fact<string>
  /** For a person: the command line, or `[comm]`. */
  command(): string
}

/** What the kernel puts behind the path of a file that is not there any more; proc_pid_exe(5). */
export const DELETED = ' (deleted)'

const STAT_BYTES = 4096
const LINE_BYTES = 65_536
/** Arguments that a pattern looks at. */
export const MOST_ARGUMENT_BYTES = 16_384

const line = emptyStatLine()

/** absent: no such process any more; denied: there is one, but it may not be looked at (hidepid). */
export function viewProcess(files: ProcFiles, pid: number): Fact<ProcessView> {
  const stat = factOf(files.read(pid, 'stat', STAT_BYTES))
  if (stat.kind !== 'known') return stat
  if (stat.value.length === 0) return { kind: 'absent' }
  if (!parseStatLine(stat.value, stat.value.length, line)) return { kind: 'denied', code: 'malformed stat' }
  const { comm, state, ppid, startTime, userTicks, systemTicks } = line
  const labels = new Map<string, Fact<string>>()
  const exe = once(() => factOf(files.link(pid, 'exe')))
  const argv = once(() => map(read(files, pid, 'cmdline', MOST_ARGUMENT_BYTES), splitArguments))
  return known({
    pid,
    startTime,
    comm,
    state,
    ppid,
    isKernel: isKernelThread(line),
    hasEnded: hasEnded(line),
    cpuTicks: userTicks + systemTicks,
    exe,
    isDeleted: () => map(exe(), (path) => path.endsWith(DELETED) && !isOwnName(files, pid, path)),
    argv,
    credentials: once(() => map(read(files, pid, 'status', LINE_BYTES), (bytes) => parseCheckedCredentials(bytes.toString('latin1')))),
    memory: once(() => map(read(files, pid, 'statm', STAT_BYTES), parseStatm)),
    container: once(() => map(read(files, pid, 'cgroup', LINE_BYTES), (bytes) => containerIdOf(bytes.toString('latin1')))),
    label(file) {
      const found = labels.get(file) ?? map(read(files, pid, `attr/${file}`, STAT_BYTES), (bytes) => bytes.toString('utf8'))
      labels.set(file, found)
      return found
    },
    command() {
      const bytes = read(files, pid, 'cmdline', STAT_BYTES)
      return commandOf(bytes.kind === 'known' ? bytes.value : Buffer.alloc(0), comm)
    }
  })
}

export const known = <T>(value: T): Fact<T> => ({ kind: 'known', value })

/** undefined: the file says nothing of it. */
export const map = <T, R>(fact: Fact<T>, make: (value: T) => R | undefined): Fact<R> => {
  if (fact.kind !== 'known') return fact
  const value = make(fact.value)
  return value === undefined ? { kind: 'absent' } : known(value)
}

/** A file may be called so. */
function isOwnName(files: ProcFiles, pid: number, path: string): boolean {
  const file = files.binaryFile(pid)
  return file.ok && files.inodeSeenBy(pid, path) === file.value.inode
}

const read = (files: ProcFiles, pid: number, name: string, limit: number): Fact<Buffer> => factOf(files.read(pid, name, limit))

/** No such file, no such process any more, a link that is none; a kernel without security labels answers EINVAL. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH', 'ENOTDIR', 'EINVAL'])

export function factOf<T>(result: Result<T>): Fact<T> {
  if (result.ok) return known(result.value)
  return ABSENT.has(result.error.code) ? { kind: 'absent' } : { kind: 'denied', code: result.error.code }
}

/** The same for one effect. */
export function factFrom<T>(effect: () => T): Fact<T> {
  try {
    return factOf(success(effect()))
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return ABSENT.has(code) ? { kind: 'absent' } : { kind: 'denied', code }
  }
}

function splitArguments(cmdline: Buffer): readonly string[] | undefined {
  let end = cmdline.length
  if (end > 0 && cmdline[end - 1] === 0) end--
  return end === 0 ? undefined : cmdline.toString('utf8', 0, end).split('\0')
}

function parseStatm(bytes: Buffer): { virtual: number; resident: number } | undefined {
  const [virtual, resident] = bytes.toString('latin1').split(' ', 2).map(Number)
  return virtual === undefined || resident === undefined || Number.isNaN(virtual + resident) ? undefined : { virtual, resident }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
