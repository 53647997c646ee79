import type { Clock } from '../ports.ts'
import type { PodFacts } from '../process/details/pod.ts'
import { readPod } from './pod-facts.ts'

/** The containers of this node, by short id. */
export interface PodIndex {
  podOf(shortId: string): PodFacts | undefined
  put(pod: unknown): void
  remove(pod: unknown): void
  /** These are all that there are. */
  replace(pods: readonly unknown[]): void
  readonly size: number
}

/** The last processes of a pod are told of after it was deleted. */
const KEPT_MS = 60_000

export function createPodIndex(clock: Pick<Clock, 'after'>): PodIndex {
  const containers = new Map<string, PodFacts>()
  const idsOfPods = new Map<string, readonly string[]>()

  /** Of this pod, unless another life of it came meanwhile. */
  const forget = (uid: string): void => {
    const ids = idsOfPods.get(uid)
    if (ids === undefined) return
    clock.after(KEPT_MS, () => {
      if (idsOfPods.get(uid) !== ids) return
      idsOfPods.delete(uid)
      for (const id of ids) containers.delete(id)
    })
  }

  /** A container that was started again has another id; the former one's processes may still be told of until the pod goes. */
  const put = (pod: unknown): string | undefined => {
    const seen = readPod(pod)
    if (seen === undefined) return undefined
    const ids = [...seen.containers.keys()]
    const former = idsOfPods.get(seen.uid) ?? []
    for (const [id, facts] of seen.containers) containers.set(id, facts)
    const kept = former.filter((id) => !seen.containers.has(id)).slice(-ids.length)
    for (const id of former) if (!seen.containers.has(id) && !kept.includes(id)) containers.delete(id)
    idsOfPods.set(seen.uid, [...ids, ...kept])
    return seen.uid
  }

  return {
    podOf: (shortId) => containers.get(shortId),
    put: (pod) => void put(pod),
    remove(pod) {
      const seen = readPod(pod)
      if (seen !== undefined) forget(seen.uid)
    },
    replace(pods) {
      const there = new Set(pods.map(put))
      for (const uid of idsOfPods.keys()) if (!there.has(uid)) forget(uid)
    },
    get size() {
      return containers.size
    }
  }
}
