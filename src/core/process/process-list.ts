import { type ChildProcess, execFile } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { promisify } from 'node:util'

/** A process in the list of all. */
export interface ListedProcess {
  readonly pid: number
  readonly ppid: number
  readonly state: string
  readonly comm: string
}

const run = promisify(execFile)
const LARGEST_OUTPUT = 64 * 1024 * 1024

/**
 * Lists the processes of this system through ps-tree. It reads the list of ps once, from top to bottom, so that a child with a lower
 * number than its parent is missed; that happens as soon as pids start again from the bottom. From then on ps is asked directly.
 */
export function createProcessList(): () => Promise<readonly ListedProcess[]> {
  let newest = process.pid
  let order: 'rising' | 'wrapped' = 'rising'
  return async () => {
    if (order === 'wrapped') return byPs()
    const { rows, psPid } = await byPsTree()
    if (psPid < newest) order = 'wrapped'
    newest = Math.max(newest, psPid)
    // our own ancestors are older than us, and may have started before and after such a turn
    return order === 'rising' && rows.some((row) => row.pid === process.pid) ? rows : byPs()
  }
}

async function byPsTree(): Promise<{ readonly rows: readonly ListedProcess[]; readonly psPid: number }> {
  const { default: psTree } = await import('ps-tree')
  return new Promise((resolve, reject) => {
    let ps: ChildProcess | undefined
    const onSpawn = (message: unknown): void => {
      ps = (message as { process: ChildProcess }).process
      // ps-tree does not look at the error event of the ps that it starts (ENOENT, EAGAIN, EMFILE), which would end this process
      ps.once('error', reject)
    }
    subscribe('child_process', onSpawn)
    try {
      // everything descends from process 0
      psTree(0, (error, rows) => {
        if (error !== null) return reject(error)
        resolve({
          rows: rows.map((row) => ({ pid: Number(row.PID), ppid: Number(row.PPID), state: row.STAT.charAt(0), comm: commOf(row) })),
          psPid: ps?.pid ?? 0
        })
      })
    } finally {
      unsubscribe('child_process', onSpawn)
    }
  })
}

/** The column is COMMAND on Linux and COMM elsewhere. */
const commOf = (row: object): string => {
  for (const [column, text] of Object.entries(row)) if (column.startsWith('COMM')) return String(text)
  return ''
}

async function byPs(): Promise<readonly ListedProcess[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'ppid=,pid=,stat=,comm='], { maxBuffer: LARGEST_OUTPUT })
  return parseList(stdout)
}

/** Lines of `ps -A -o ppid=,pid=,stat=,comm=`; others are left out. */
export function parseList(output: string): readonly ListedProcess[] {
  const found: ListedProcess[] = []
  for (const line of output.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s*(.*)$/.exec(line)
    if (match === null) continue
    found.push({ ppid: Number(match[1]), pid: Number(match[2]), state: (match[3] ?? '?').charAt(0), comm: match[4] ?? '' })
  }
  return found
}
