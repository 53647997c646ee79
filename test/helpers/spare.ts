import type { RunningCommand } from './command.ts'
import { childrenOf, isAtGate } from './proc.ts'
import { identityOf, killIdentity, statFields } from './processes.ts'

/** Takes away what waits for the next incarnation, of a run with one node, so that the next start begins from nothing. */
export async function giveUpSpare(command: RunningCommand): Promise<void> {
  const spare = await command.until(() => {
    const pid = childrenOf(command.pid).find(isAtGate)
    return pid === undefined ? undefined : identityOf(pid)
  }, 'a spare')
  killIdentity(spare)
  await command.until(() => statFields(spare.pid)?.startTime !== spare.startTime, 'the spare to be gone')
}
