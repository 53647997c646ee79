import { reap, someEndedChild } from '../linux/subreaper.ts'
import type { Cancel } from '../ports.ts'
import { watchChildrenOfNode } from './children-of-node.ts'

/**
 * As PID 1: takes the status of every orphan that ends, where the process table does not do it itself.
 * One that Node waits for stands before the others until Node has taken it: then it goes on in the next turn.
 */
export function reapAsInit(): Cancel {
  if (process.pid !== 1) return () => undefined
  const children = watchChildrenOfNode()
  let next: NodeJS.Immediate | undefined

  const reapAll = (): void => {
    next = undefined
    for (let pid = someEndedChild(); pid !== undefined; pid = someEndedChild()) {
      if (children.has(pid)) {
        soon()
        return
      }
      reap(pid)
    }
  }
  const soon = (): void => {
    next ??= setImmediate(reapAll)
  }

  process.on('SIGCHLD', soon)
  soon()
  return () => {
    process.off('SIGCHLD', soon)
    clearImmediate(next)
    children.close()
  }
}
