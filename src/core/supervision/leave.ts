import type { Child } from '../ports.ts'
import type { NodeSettings } from '../settings.ts'
import { resolveWho } from '../spawn/users.ts'
import type { LeftNode } from './left-record.ts'
import { settingsHash } from './settings-hash.ts'

/** How the next supervisor will know this child; undefined: it is not to be left. `at`: monotonic ms. */
export function leftNodeOf({ leader, tree }: Child, settings: NodeSettings, incarnation: number, at: number): LeftNode | undefined {
  if (settings.onSupervisorDeath === 'stop') return undefined
  const who = resolveWho(settings.credentials)
  return {
    node: settings.name,
    incarnation,
    leader: { pid: leader.pid, startTime: leader.startTime },
    uid: (who.ok ? who.value?.uid : undefined) ?? process.getuid?.() ?? 0,
    cookie: tree.cookie,
    cgroup: tree.cgroup,
    startedAt: at,
    settingsHash: settingsHash(settings)
  }
}
