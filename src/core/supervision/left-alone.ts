import { isPopulated } from '../linux/cgroup.ts'
import type { Cancel, Clock, ProcessTable } from '../ports.ts'
import type { StopReason } from '../receipt.ts'

/** One look can miss a process that is forked meanwhile, by a parent that ends: empty is what is empty so many times. */
const LOOKS = 3

export interface LeftAloneRequest {
  readonly node: string
  /** The tree's own cgroup, where it has one: what the sampler cannot see is in it all the same. */
  readonly cgroup: string | undefined
  readonly table: Pick<ProcessTable, 'members' | 'onDeath'>
  readonly clock: Clock
  /** Between two looks where no death is told, ms. */
  readonly lookMs: number
  /** Somebody asks for its end. */
  readonly asked: Promise<StopReason>
}

/** Waits, and signals nothing, until a tree has ended by itself (undefined) or until somebody asks for its end (the reason). */
export async function waitForTree({ node, cgroup, table, clock, lookMs, asked }: LeftAloneRequest): Promise<StopReason | undefined> {
  let reason: StopReason | undefined
  let wakeUp = (): void => undefined
  void asked.then((given) => {
    reason = given
    wakeUp()
  })

  const isEmpty = async (): Promise<boolean> => {
    for (let look = 0; look < LOOKS; look++) if ((await table.members(node)).length > 0) return false
    return cgroup === undefined || isPopulated(cgroup) !== true
  }

  const change = (): Promise<void> =>
    new Promise((resolve) => {
      const cancels: Cancel[] = []
      wakeUp = () => {
        for (const cancel of cancels) cancel()
        resolve()
      }
      cancels.push(
        clock.after(lookMs, () => wakeUp()),
        table.onDeath(() => wakeUp())
      )
    })

  for (;;) {
    if (reason !== undefined) return reason
    if (await isEmpty()) return reason
    if (reason === undefined) await change()
  }
}
