import type { Compat, NodeKind, NodeSettings } from '../settings.ts'

/**
 * Whether a pass of checks looks at this living node. Under osquery's rules the first live extension ends the pass over the
 * extensions during the worker's start-up delay, unsampled: so none of them is. Ours looks at every child; its counters accumulate.
 * `workerUptimeMs`: undefined without a worker.
 */
export function isLookedAt(
  node: Pick<NodeSettings, 'watched' | 'delayMs'> & { readonly kind: NodeKind },
  workerUptimeMs: number | undefined,
  compat: Compat
): boolean {
  if (!node.watched) return false
  if (compat !== 'osquery' || node.kind === 'worker' || workerUptimeMs === undefined) return true
  return workerUptimeMs >= node.delayMs
}
