import { spawnSync } from 'node:child_process'
import type { Identity } from '../../src/core/process/identity.ts'
import type { RunningCommand } from './command.ts'
import { childrenOf } from './proc.ts'
import { identityOf } from './processes.ts'

const AS_ROOT = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', '--']
/** As oneself: the owners of programs and folders are not mapped otherwise, so that as root there nothing would be safe to run. */
const AS_USER = ['unshare', '--user', '--map-current-user', ...AS_ROOT.slice(1)]

/** What makes the command PID 1 of a pid namespace of its own, with a /proc that shows it; or why that cannot be had here. */
export function pidNamespace(): { readonly wrapper: readonly string[]; readonly reason: string } {
  const wrapper = process.geteuid?.() === 0 ? AS_ROOT : AS_USER
  const [program = '', ...words] = wrapper
  const tried = spawnSync(program, [...words, 'true'], { encoding: 'utf8' })
  return { wrapper, reason: tried.status === 0 ? '' : `no pid namespace: ${tried.error?.message ?? tried.stderr.trim()}` }
}

/** The PID 1 of the namespace, by its number outside. */
export async function initOf(command: RunningCommand): Promise<Identity> {
  return command.until(() => {
    const [pid] = childrenOf(command.pid)
    return pid === undefined ? undefined : identityOf(pid)
  }, 'PID 1')
}
