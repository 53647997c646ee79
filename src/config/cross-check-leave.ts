import type { NodeSettings } from '../core/settings.ts'
import type { Ledger } from './ledger.ts'
import { type Problem, placeOf } from './problem.ts'

/** What `onSupervisorDeath: leave` needs; reaper: "Containment and the guardian". */
export function crossCheckLeave(nodes: readonly NodeSettings[], stateDir: string | undefined, ledger: Ledger, problems: Problem[]): void {
  for (const node of nodes) {
    if (node.onSupervisorDeath !== 'leave') continue
    const path = node.kind === 'worker' ? 'worker' : `extensions.${node.name}`
    const source = ledger.entries.get(`${path}.onSupervisorDeath`)?.source
    const place = (source && placeOf(source)) ?? { name: 'configuration' }
    if (node.log.file === undefined) {
      const message = `${path}: onSupervisorDeath leave needs log.file for stdout and stderr: the pipe of a dead supervisor would end the program at its next line`
      problems.push({ place, message })
    }
    if (stateDir === undefined) {
      problems.push({ place, message: `${path}: onSupervisorDeath leave needs a stateDir, in which the next start finds what still runs` })
    }
  }
}
