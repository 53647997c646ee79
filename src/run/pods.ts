import type { PodFacts } from '../core/process/details/pod.ts'
import type { ProcessServicePorts } from './process-cache.ts'

/** The pods of this machine's node, as the cluster tells. */
export interface Pods {
  podOf(container: string): PodFacts | undefined
  stop(): void
}

/** Its code is loaded only where a cluster is to be asked. A cluster that cannot be reached is a problem, and tried again; throws as `connectPods`. */
export async function openPods(node: string, { clock, emit }: Pick<ProcessServicePorts, 'clock' | 'emit'>): Promise<Pods> {
  const [{ connectPods }, { createPodIndex }, { watchPods }] = await Promise.all([
    import('../core/kubernetes/client.ts'),
    import('../core/kubernetes/pod-index.ts'),
    import('../core/kubernetes/pod-watch.ts')
  ])
  const index = createPodIndex(clock)
  const connected = await connectPods(node)
  if (!connected.ok) {
    emit({ type: 'problem', failure: connected.error, next: 'Processes are shown without their pods.' })
    return { podOf: index.podOf, stop: () => undefined }
  }
  const watch = watchPods({
    client: connected.value,
    index,
    clock,
    random: Math.random,
    onProblem: (failure) => emit({ type: 'problem', failure, next: 'It is tried again; until then pods may be missing.' })
  })
  return { podOf: index.podOf, stop: () => watch.stop() }
}
