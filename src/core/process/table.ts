import { hostname } from 'node:os'
import { UserError } from '../errors.ts'
import { createDescriptorBudget, type DescriptorBudget, raiseNofileLimit } from '../linux/descriptors.ts'
import type { Clock, ProcessTable } from '../ports.ts'
import type { ProcessTap } from './cache/tap.ts'
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
  /** Shared with others; its own unless told. */
  readonly budget?: DescriptorBudget
  /** Hears the process events, where there are any. */
  readonly tap?: ProcessTap | undefined
}

/** The process table of this system: on /proc where that shows this process, else the portable one. */
export function createProcessTable(options: ProcessTableOptions): ProcessTable {
  const { sampler, clock, procRoot = '/proc', nodeName = defaultNodeName() } = options
  if (sampler === 'portable') return createPortableTable({ clock, nodeName })
  if (isUsable(procRoot)) {
    const { isOwnChild = () => false, budget = createDescriptorBudget(raiseNofileLimit().soft) } = options
    return createProcfsTable({ clock, nodeName, procRoot, isOwnChild, budget, tap: options.tap })
  }
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
