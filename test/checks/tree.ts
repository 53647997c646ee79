import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A process of a recorded tree; what is left out is ordinary. */
export interface RecordedProcess {
  readonly pid: number
  readonly ppid?: number
  readonly comm?: string
  readonly state?: string
  readonly argv?: readonly string[]
  readonly exe?: string
  /** Real, effective, saved, file system; one number: all four. */
  readonly uid?: number | readonly number[]
  readonly gid?: number | readonly number[]
  readonly groups?: readonly number[]
  readonly capabilities?: string
  /** KiB. */
  readonly vsz?: number
  readonly rss?: number
  /** Seconds of CPU, seconds since its start. */
  readonly cpu?: number
  readonly elapsed?: number
  readonly isKernel?: boolean
  readonly cgroup?: string
  /** By file below attr/. */
  readonly attr?: Readonly<Record<string, string>>
}

/** Seconds since boot of every recorded tree. */
const UPTIME = 5_000_000
const PF_KTHREAD = 0x00200000
const PAGE_KIB = 4

/** A recorded tree of /proc, with /etc and /sys beside it; `dispose` takes it away. */
export class RecordedTree {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsupervise-tree-'))
  readonly proc = join(this.folder, 'proc')

  constructor(processes: readonly RecordedProcess[] = []) {
    this.file('proc/uptime', `${UPTIME}.00 1.00\n`)
    for (const process of processes) this.add(process)
  }

  file(name: string, text: string | Buffer): this {
    const path = join(this.folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return this
  }

  add(process: RecordedProcess): this {
    const { pid, argv = [], exe, attr = {}, cgroup = '0::/\n' } = process
    const at = `proc/${pid}`
    this.file(`${at}/stat`, statLine(process))
    this.file(`${at}/status`, statusText(process))
    this.file(`${at}/statm`, `${pages(process.vsz ?? 4000)} ${pages(process.rss ?? 400)} 1 1 0 1 0\n`)
    this.file(`${at}/cmdline`, argv.map((word) => `${word}\0`).join(''))
    this.file(`${at}/cgroup`, cgroup)
    for (const [name, text] of Object.entries(attr)) this.file(`${at}/attr/${name}`, text)
    if (exe !== undefined) symlinkSync(exe, join(this.folder, at, 'exe'))
    return this
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const pages = (kib: number): number => Math.floor(kib / PAGE_KIB)

function statLine({
  pid,
  ppid = 1,
  comm = 'ordinary',
  state = 'S',
  vsz = 4000,
  rss = 400,
  cpu = 0,
  elapsed = 100,
  isKernel
}: RecordedProcess): string {
  const flags = isKernel === true ? PF_KTHREAD : 4194560
  const start = Math.round((UPTIME - elapsed) * 100)
  const head = [pid, `(${comm})`, state, ppid, pid, pid, 0, -1, flags, 0, 0, 0, 0, Math.round(cpu * 100), 0, 0, 0, 20, 0, 1, 0]
  const rest = [start, vsz * 1024, pages(rss), '18446744073709551615', ...new Array<number>(27).fill(0)]
  return `${[...head, ...rest].join(' ')}\n`
}

const four = (ids: number | readonly number[]): string => (typeof ids === 'number' ? [ids, ids, ids, ids] : ids).join('\t')

const statusText = ({
  pid,
  comm = 'ordinary',
  uid = 0,
  gid = 0,
  groups = [],
  capabilities = '0000000000000000'
}: RecordedProcess): string =>
  `Name:\t${comm}\nPid:\t${pid}\nUid:\t${four(uid)}\nGid:\t${four(gid)}\nGroups:\t${groups.join(' ')} \nCapPrm:\t${capabilities}\n`
