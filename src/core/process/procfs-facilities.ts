import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Facility } from '../events.ts'
import { ownCgroupFolder } from '../linux/cgroup-mount.ts'
import { libc, libcReason } from '../linux/libc.ts'
import { closePidfd, openPidfd, signalPidfd } from '../linux/pidfd.ts'
import { openProcessConnector } from '../linux/process-connector.ts'
import type { ProcReader } from './proc-reader.ts'

const present = (name: Facility['name']): Facility => ({ name, available: true, detail: '' })
const absent = (name: Facility['name'], reason: string, fallback: string): Facility => ({
  name,
  available: false,
  detail: `${reason}; ${fallback}`
})

/** What this system gives the process table, tried out, and what takes the place of the rest. */
export function procfsFacilities(parts: { readonly reader: ProcReader; readonly isSubreaper: boolean }): readonly Facility[] {
  return [native(), ...pidfds(), subreaper(parts.isSubreaper), processEvents(), cgroup(), pss(parts.reader)]
}

const native = (): Facility =>
  libc() === undefined ? absent('native', libcReason(), 'everything is found by polling, and orphans are not adopted') : present('native')

function pidfds(): readonly Facility[] {
  const byPolling = 'deaths are found by polling, and a signal is preceded by a look at the start time'
  const toEach = 'each member of a tree is signalled by itself'
  const opened = openPidfd(process.pid)
  if (!opened.ok) return [absent('pidfd', opened.error.message, byPolling), absent('pidfd-group-signal', opened.error.message, toEach)]
  // signal 0 only asks
  const group = signalPidfd(opened.value, 0, 'group')
  closePidfd(opened.value)
  if (group !== 'unsupported') return [present('pidfd'), present('pidfd-group-signal')]
  return [present('pidfd'), absent('pidfd-group-signal', 'this kernel cannot signal a group through a pidfd (Linux 6.9 can)', toEach)]
}

const subreaper = (isSubreaper: boolean): Facility =>
  isSubreaper
    ? present('subreaper')
    : absent(
        'subreaper',
        libcReason() || 'this kernel has no subreapers',
        'orphans go to init and are recognised by session, group and cookie'
      )

function processEvents(): Facility {
  const opened = openProcessConnector()
  if (!opened.ok) {
    return absent(
      'process-events',
      opened.error.message,
      'new processes are found by looking, and one that lives shorter than a refresh is not seen'
    )
  }
  opened.value.close()
  return present('process-events')
}

function cgroup(): Facility {
  const fallback = 'trees are held together by parents, sessions, groups and cookies'
  const folder = ownCgroupFolder()
  if (!folder.ok) return absent('cgroup', folder.error.message, fallback)
  try {
    accessSync(folder.value, constants.W_OK)
    accessSync(join(folder.value, 'cgroup.procs'), constants.W_OK)
    return present('cgroup')
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return absent('cgroup', `the cgroup ${folder.value} cannot be written to (${code})`, fallback)
  }
}

const pss = (reader: ProcReader): Facility =>
  reader.pss(process.pid) === undefined
    ? absent('pss', 'proportional set sizes cannot be read', 'memory over its limit must be seen in two samples in a row')
    : present('pss')
