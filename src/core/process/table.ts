import { hostname } from 'node:os'
import { UserError } from '../errors.ts'
import type { Clock, ProcessTable } from '../ports.ts'
import { createPortableTable } from './portable-table.ts'
import { createProcReader } from './proc-reader.ts'
import { createProcfsTable } from './procfs-table.ts'

export interface ProcessTableOptions {
  readonly sampler: 'auto' | 'procfs' | 'portable'
  readonly clock: Clock
  readonly procRoot?: string
  /** The node of execution ids; NODE_NAME, else the host name, unless told. */
  readonly nodeName?: string
  /** Children whose status is waited for elsewhere; those started through node:child_process are known without it. */
  readonly isOwnChild?: (pid: number) => boolean
}

/** The process table of this system: on /proc where that shows this process, else the portable one. */
export function createProcessTable(options: ProcessTableOptions): ProcessTable {
  const { sampler, clock, procRoot = '/proc', nodeName = defaultNodeName() } = options
  if (sampler === 'portable') return createPortableTable({ clock, nodeName })
  if (isUsable(procRoot)) return createProcfsTable({ clock, nodeName, procRoot, isOwnChild: options.isOwnChild ?? (() => false) })
  if (sampler === 'auto') return createPortableTable({ clock, nodeName })
  throw new UserError(`${procRoot} does not show the processes of this system`, {
    next: 'Use --sampler portable, or mount /proc in the pid namespace of tsupervise.'
  })
}

/** process cache: execution id. */
export const defaultNodeName = (): string => process.env['NODE_NAME'] || hostname()

function isUsable(procRoot: string): boolean {
  if (process.platform !== 'linux') return false
  const reader = createProcReader(procRoot)
  return reader.showsUs && reader.stat(process.pid) !== undefined
}
