import type { Cancel, TreeHandle } from '../ports.ts'
import type { Ports } from './context.ts'
import type { LeftNode } from './left-record.ts'

/**
 * Before a program runs: what becomes of its tree when the supervisor is killed. It is recorded to be left (`left`), or else
 * the guardian is told; what cannot be recorded is not left. The answer takes that back, once the tree is empty.
 */
export async function provideForDeath(
  tree: TreeHandle,
  left: LeftNode | undefined,
  { guardian, left: nodes, emit }: Ports
): Promise<Cancel> {
  if (left !== undefined) {
    const recorded = nodes.record(left)
    if (recorded.ok) return () => nodes.forget(tree.node)
    emit(
      {
        type: 'problem',
        failure: recorded.error,
        next: 'If the supervisor is killed, this is ended, since the next start would not know of it.'
      },
      { node: tree.node }
    )
  }
  await guardian.know(tree)
  return () => guardian.forget(tree.node)
}
