import type { Command } from '../commands.ts'
import { failure, type Result, success } from '../errors.ts'
import type { SupervisorEvent } from '../events.ts'
import type { Cancel, Clock } from '../ports.ts'
import type { NodeStanding } from '../supervision/standing.ts'
import type { ControlPorts } from './ports.ts'

export const MAX_WAIT_SECONDS = 86_400

/** What a command wants of a node. */
type Wish =
  | { readonly node: string; readonly kind: 'ready' /** A later one than this. */; readonly after: number }
  | { readonly node: string; readonly kind: 'at-rest' }
  | { readonly node: string; readonly kind: 'gone' }

/** Looks whether what a command wants has come about. */
export interface Waiting {
  /** Resolves when it has; `timeout` when it has not in time, `failed` when it will not. */
  wait(timeoutMs: number, cancelled: AbortSignal): Promise<Result<undefined>>
  /** The command was refused: there is nothing to wait for. */
  forget(): void
}

type WaitPorts = Pick<ControlPorts, 'read' | 'standing'> & { readonly clock: Clock }

/** To be called before the command is executed: what it changes is compared with how things stood then. */
export function prepareWaiting(command: Command, { clock, read, standing }: WaitPorts): Waiting {
  const wishes: Wish[] = wishesOf(command, standing)
  let ended = command.type !== 'shutdown'
  let notify = (): void => undefined
  const stop: Cancel = read((event) => {
    if (event.type === 'reloaded' && command.type === 'reload') wishes.push(...wishesOfReload(event, standing))
    if (event.type === 'supervisor-ended') ended = true
    notify()
  })

  const outcome = (): Result<undefined> | undefined => {
    if (!ended) return undefined
    let all = true
    for (const wish of wishes) {
      const now = standing(wish.node)
      if (now?.standing === 'failed' && wish.kind === 'ready' && now.incarnation >= wish.after)
        return failure('failed', `${wish.node} has failed: ${now.detail ?? 'no reason is known'}`)
      all &&= isGranted(wish, now)
    }
    return all ? success(undefined) : undefined
  }

  return {
    forget: stop,
    wait: (timeoutMs, cancelled) =>
      new Promise((resolve) => {
        const settle = (result: Result<undefined>): void => {
          stop()
          cancelTimer()
          resolve(result)
        }
        const look = (): void => {
          const result = outcome()
          if (result !== undefined) settle(result)
        }
        const cancelTimer = clock.after(timeoutMs, () =>
          settle(failure('timeout', `taken, but not done after ${timeoutMs / 1000} s: ${describe(wishes, standing)}`))
        )
        cancelled.addEventListener('abort', () => settle(failure('cancelled', 'nobody waits any more')), { once: true })
        if (cancelled.aborted) return settle(failure('cancelled', 'nobody waits any more'))
        notify = look
        look()
      })
  }
}

function wishesOf(command: Command, standing: (node: string) => NodeStanding | undefined): Wish[] {
  switch (command.type) {
    case 'start':
      return [{ node: command.node, kind: 'ready', after: 0 }]
    case 'restart':
      return [{ node: command.node, kind: 'ready', after: standing(command.node)?.incarnation ?? 0 }]
    case 'stop':
      return [{ node: command.node, kind: 'at-rest' }]
    default:
      return []
  }
}

/** The event comes when the nodes were told, before anything of it has happened. */
function wishesOfReload(
  { difference }: Extract<SupervisorEvent, { type: 'reloaded' }>,
  standing: (node: string) => NodeStanding | undefined
): Wish[] {
  return difference.changes.flatMap(({ node, action }): Wish[] => {
    if (node === undefined) return []
    if (action === 'restart') return [{ node, kind: 'ready', after: standing(node)?.incarnation ?? 0 }]
    if (action === 'start') return [{ node, kind: 'ready', after: 0 }]
    return action === 'stop' ? [{ node, kind: 'gone' }] : []
  })
}

function isGranted(wish: Wish, now: NodeStanding | undefined): boolean {
  if (wish.kind === 'gone') return now === undefined || now.standing === 'at-rest' || now.standing === 'failed'
  if (now === undefined) return wish.kind === 'at-rest'
  if (wish.kind === 'at-rest') return now.standing === 'at-rest' || now.standing === 'failed'
  return now.standing === 'ready' && now.incarnation > wish.after
}

const describe = (wishes: readonly Wish[], standing: (node: string) => NodeStanding | undefined): string =>
  wishes
    .map(({ node }) => [node, standing(node)?.standing ?? 'gone'] as const)
    .map(([node, now]) => `${node} is ${now.replaceAll('-', ' ')}`)
    .join(', ') || 'still stopping'
