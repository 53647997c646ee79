import { success } from '../errors.ts'
import type { AdoptRequest, Child } from '../ports.ts'
import type { Readers } from './output.ts'

/** A child that an earlier supervisor let through its gate. `letGo` is called once. */
export function adoptChild({ tree }: AdoptRequest, { stdout, stderr }: Readers, letGo: () => void): Child {
  let closed = false
  return {
    leader: tree.leader,
    tree,
    containment: tree.cgroup === undefined ? 'group' : 'cgroup',
    release() {
      stdout.start()
      stderr.start()
      return Promise.resolve(success(undefined))
    },
    onExit: () => undefined,
    close() {
      if (closed) return
      closed = true
      stdout.finish()
      stderr.finish()
      letGo()
    }
  }
}
