import type { Redact } from '../../output/redact.ts'
import type { ProcReader } from '../proc-reader.ts'
import { hasEnded, isKernelThread, type StatLine } from '../stat-line.ts'
import { MAX_COMMAND_LINE_BYTES, splitCommandLine } from './arguments.ts'
import { type BinaryFile, binaryPath, namedBinary } from './binary.ts'
import { containerIdOf } from './container.ts'
import { frozen, type ProcessFacts } from './facts.ts'
import type { ProcessFlag } from './flags.ts'
import type { ProcFiles, ProcFolder } from './proc-files.ts'
import { propertiesOf, secureOfAuxv } from './properties.ts'
import { redactedArguments } from './redacted-arguments.ts'
import { createSharing } from './sharing.ts'
import { parseStatusFacts, type StatusFacts } from './status-facts.ts'

/** What /proc tells of one process now. */
export interface ReadProcess {
  readonly startTime: number
  readonly ppid: number
  readonly threads: number
  readonly facts: ProcessFacts
}

export interface FactsReader {
  /** `isInitTree`: whether the parent belongs to the first processes of its container. undefined: it is gone, a zombie, or changes all the time. */
  read(pid: number, isInitTree?: boolean): ReadProcess | undefined
}

export interface FactsReaderOptions {
  readonly reader: ProcReader
  readonly files: ProcFiles
  readonly redact: Redact
}

/** kthreadd; all kernel threads are its children. */
const KTHREADD = 2
const WORD = 128
/** A process that executes one program after the other is read again. */
const MOST_ATTEMPTS = 3

export function createFactsReader({ reader, files, redact }: FactsReaderOptions): FactsReader {
  const sharing = createSharing()

  const readText = (of: ProcFolder, name: string, limit?: number): string | undefined => {
    const found = files.read(of, name, limit)
    return found.ok ? found.value.toString('latin1') : undefined
  }

  const readCwd = (of: ProcFolder): { readonly cwd: string | undefined; readonly flags: readonly ProcessFlag[] } => {
    const found = files.link(of, 'cwd')
    if (found.ok) return { cwd: sharing.text(found.value), flags: found.value === '/' ? ['rootcwd'] : [] }
    // a process at its end has no folder any more
    return { cwd: undefined, flags: [found.error.code === 'ENOENT' || found.error.code === 'ESRCH' ? 'nocwd' : 'errorCWD'] }
  }

  const readArguments = (of: ProcFolder) => {
    const found = files.read(of, 'cmdline', MAX_COMMAND_LINE_BYTES + 1)
    if (!found.ok) return { argv: [], text: undefined, flags: ['errorArgs'] satisfies ProcessFlag[] }
    const { argv, cut } = splitCommandLine(found.value)
    return { argv, text: redactedArguments(argv, redact), flags: cut ? (['truncArgs'] satisfies ProcessFlag[]) : [] }
  }

  const readBinary = (of: ProcFolder): { readonly path: string; readonly file: BinaryFile | undefined } | undefined => {
    const link = files.link(of, 'exe')
    if (!link.ok) return undefined
    const found = files.binaryFile(of)
    const file = found.ok ? found.value : undefined
    const isOwnName = (): boolean => file !== undefined && files.inodeSeenBy(of, link.value) === file.inode
    return { path: sharing.text(binaryPath(link.value, file?.links ?? 1, isOwnName)), file }
  }

  const isSecure = (of: ProcFolder): boolean | undefined => {
    const found = files.read(of, 'auxv')
    return found.ok ? secureOfAuxv(found.value) : undefined
  }

  const kernelThread = (line: Kept): ProcessFacts => {
    const status = readStatus(line.pid)
    const credentials = status && sharing.credentials(status.credentials)
    const unknown = { cwd: undefined, properties: undefined, container: undefined, innerPid: undefined }
    return { ...unknown, binary: `[${line.comm}]`, arguments: '', credentials, auid: readAuid(line.pid), flags: ['nocwd'] }
  }

  const readStatus = (of: ProcFolder): StatusFacts | undefined => {
    const text = readText(of, 'status')
    return text === undefined ? undefined : parseStatusFacts(text)
  }

  const readAuid = (of: ProcFolder): number | undefined => {
    const word = readText(of, 'loginuid', WORD)
    return word !== undefined && /^\d+\s*$/.test(word) ? Number(word) : undefined
  }

  const userProcess = ({ pid, leaderEnded }: Kept, isInitTree: boolean): ProcessFacts => {
    const of = (leaderEnded ? files.otherThread(pid) : undefined) ?? pid
    const { argv, text, flags: argumentFlags } = readArguments(of)
    const { cwd, flags: cwdFlags } = readCwd(of)
    const binary = readBinary(of)
    const status = readStatus(pid)
    const credentials = status && sharing.credentials(status.credentials)
    const cgroup = readText(pid, 'cgroup')
    const id = cgroup === undefined ? undefined : containerIdOf(cgroup)
    const container = id === undefined ? undefined : sharing.text(id)
    const isInit = status !== undefined && status.pidNamespaces > 1 && status.innerPid === 1
    const inTree: ProcessFlag[] = container !== undefined && (isInit || isInitTree) ? ['inInitTree'] : []
    const file = binary?.file
    return {
      binary: binary?.path ?? namedBinary(argv[0], cwd),
      arguments: text,
      cwd,
      credentials,
      auid: readAuid(pid),
      properties: file && credentials && propertiesOf({ file, credentials, isSecure: () => isSecure(of) }),
      container,
      innerPid: status !== undefined && status.pidNamespaces > 1 ? status.innerPid : undefined,
      flags: [...argumentFlags, ...cwdFlags, ...inTree]
    }
  }

  const isOfKernel = (line: Kept): boolean =>
    line.kernel || (line.ppid === KTHREADD && readText(line.pid, 'cmdline', WORD) === '' && !files.link(line.pid, 'exe').ok)

  /** As it was all the while: the same process, which has executed nothing meanwhile (another stack) and has not ended. */
  const isUnchanged = (line: Kept): boolean => {
    const now = reader.stat(line.pid)
    return now !== undefined && now.startTime === line.startTime && now.startStack === line.startStack && !hasEnded(now)
  }

  const readOnce = (pid: number, isInitTree: boolean): ReadProcess | 'gone' | 'changed' => {
    const found = reader.stat(pid)
    if (found === undefined || hasEnded(found)) return 'gone'
    const line = keep(found)
    const facts = isOfKernel(line) ? kernelThread(line) : userProcess(line, isInitTree)
    if (!isUnchanged(line)) return 'changed'
    return { startTime: line.startTime, ppid: line.ppid, threads: line.threads, facts: frozen(facts) }
  }

  return {
    read(pid, isInitTree = false) {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const found = readOnce(pid, isInitTree)
        if (found === 'gone') return undefined
        if (found !== 'changed') return found
      }
      return undefined
    }
  }
}

type Kept = Pick<StatLine, 'pid' | 'comm' | 'ppid' | 'startTime' | 'threads' | 'startStack'> & {
  readonly kernel: boolean
  readonly leaderEnded: boolean
}

/** The reader fills one line again and again. */
const keep = (line: StatLine): Kept => {
  const { pid, comm, ppid, startTime, threads, startStack } = line
  return { pid, comm, ppid, startTime, threads, startStack, kernel: isKernelThread(line), leaderEnded: line.state === 'Z' }
}
