import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { factFrom } from './process-view.ts'

/** capability.h: may look at every process. */
const CAP_SYS_PTRACE = 19n

/** proc(5), "hidepid": whether this mount of /proc hides processes from us, and how; undefined: it does not. */
export function hiddenBy(root: string): string | undefined {
  const mounts = factFrom(() => readFileSync('/proc/self/mountinfo', 'latin1'))
  const options = mounts.kind === 'known' ? procMountOptions(mounts.value, resolve(root)) : undefined
  const hidepid = options === undefined ? undefined : hidingOption(options)
  if (options === undefined || hidepid === undefined || isExempt(options, hidepid)) return undefined
  return `${root} hides the processes of others (${hidepid})`
}

/** Options of the proc file system that is mounted there; proc_pid_mountinfo(5). The last one covers the others. */
export function procMountOptions(mountinfo: string, root: string): readonly string[] | undefined {
  let options: readonly string[] | undefined
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ', 2)
    const point = mount.split(' ')[4]?.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
    const [type, , superOptions = ''] = source.split(' ')
    if (type === 'proc' && point === root) options = superOptions.split(',')
  }
  return options
}

/** `hidepid=2`, `hidepid=invisible`; undefined: nothing is hidden. */
export const hidingOption = (options: readonly string[]): string | undefined =>
  options.find((option) => option.startsWith('hidepid=') && option !== 'hidepid=0' && option !== 'hidepid=off')

/** Who may trace every process sees all of them; so does the group that the mount names, but for hidepid=ptraceable. */
function isExempt(options: readonly string[], hidepid: string): boolean {
  const status = factFrom(() => readFileSync('/proc/self/status', 'latin1'))
  const effective = status.kind === 'known' ? /^CapEff:\s*([0-9a-f]+)$/m.exec(status.value)?.[1] : undefined
  if (effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_PTRACE) & 1n) === 1n) return true
  if (hidepid === 'hidepid=4' || hidepid === 'hidepid=ptraceable') return false
  const gid = options.find((option) => option.startsWith('gid='))?.slice('gid='.length)
  return gid !== undefined && [process.getegid?.(), ...(process.getgroups?.() ?? [])].includes(Number(gid))
}
