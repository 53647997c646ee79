import { closePidfd, openPidfd, pidfdExit } from '../linux/pidfd.ts'
import type { Cancel, ProcessTable } from '../ports.ts'
import { type Identity, sameProcess } from '../process/identity.ts'
import type { ExitStatus } from '../receipt.ts'

/** How a leader really ended. */
export interface LeaderExit {
  /** What Node told of its end, put right. */
  correct(told: ExitStatus): ExitStatus
  close: Cancel
}

/**
 * Node has no name for a real-time signal (signal(7)) and tells of exit code 0 where one ended a child. The kernel is asked again
 * through a pidfd (Linux 6.15), else what the process table has seen counts; where neither can be had, Node is believed.
 * To be called while the leader cannot have been waited for.
 */
export function watchLeaderExit(leader: Identity, table: Pick<ProcessTable, 'onDeath'>): LeaderExit {
  const pidfd = openPidfd(leader.pid)
  let open = pidfd.ok
  let seen: ExitStatus | undefined
  const cancel = table.onDeath(({ process, exit }) => {
    if (sameProcess(process, leader)) seen = exit
  })
  return {
    correct(told) {
      if (told.code !== 0) return told
      return (pidfd.ok && open ? pidfdExit(pidfd.value) : undefined) ?? seen ?? told
    },
    close() {
      cancel()
      if (pidfd.ok && open) closePidfd(pidfd.value)
      open = false
    }
  }
}
