import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/**
 * The children that Node itself started (leaders, guardian, hooks, probes) and whose status libuv waits for: never to be reaped by us.
 * Node announces each on the diagnostics channel `child_process`; one counts until its status was taken.
 */
export interface ChildrenOfNode {
  has(pid: number): boolean
  close(): void
}

const CHANNEL = 'child_process'

export function watchChildrenOfNode(): ChildrenOfNode {
  const children = new Set<ChildProcess>()
  let pruneAt = 64

  const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

  const onSpawn = (message: unknown): void => {
    children.add((message as { process: ChildProcess }).process)
    if (children.size < pruneAt) return
    for (const child of children) if (isOver(child)) children.delete(child)
    pruneAt = Math.max(64, children.size * 2)
  }

  subscribe(CHANNEL, onSpawn)
  return {
    has(pid) {
      for (const child of children) {
        // no pid: it could not be started
        if (isOver(child) || child.pid === undefined) children.delete(child)
        else if (child.pid === pid) return true
      }
      return false
    },
    close: () => void unsubscribe(CHANNEL, onSpawn)
  }
}
