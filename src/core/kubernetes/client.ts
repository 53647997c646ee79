import { errnoOf, type Failure, failure, type Result, success, UserError } from '../errors.ts'
import { PodApiError, type PodClient, type WatchEnd } from './pod-watch.ts'

type Library = typeof import('@kubernetes/client-node')

const PAGE = 500
/** The server ends a watch after this, s; it goes on where it was. */
const WATCH_SECONDS = 290
const GONE = 410
const PATH = '/api/v1/pods'

/**
 * The API of the cluster that this machine is configured for: KUBECONFIG, ~/.kube/config, or the service account of the pod. Only the
 * pods of `node` are asked for. Throws UserError where the optional library is not installed; errors: no-cluster.
 */
export async function connectPods(node: string): Promise<Result<PodClient>> {
  const library = await loadLibrary()
  const config = new library.KubeConfig()
  try {
    config.loadFromDefault()
  } catch (error) {
    return failure('no-cluster', `the configuration of the cluster cannot be read: ${wordsOf(error)}`)
  }
  if (config.getCurrentCluster() === null) return failure('no-cluster', 'no cluster is configured')
  return success(clientOf(library, config, `spec.nodeName=${node}`))
}

async function loadLibrary(): Promise<Library> {
  try {
    return await import('@kubernetes/client-node')
  } catch (error) {
    if (errnoOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UserError('--kubernetes needs the library @kubernetes/client-node, which is not installed', {
      next: 'Install it beside tsupervise: npm install @kubernetes/client-node'
    })
  }
}

function clientOf(library: Library, config: InstanceType<Library['KubeConfig']>, fieldSelector: string): PodClient {
  const api = config.makeApiClient(library.CoreV1Api)
  const watcher = new library.Watch(config)
  return {
    async list(page) {
      try {
        const found = await api.listPodForAllNamespaces({ fieldSelector, limit: PAGE, ...(page === undefined ? {} : { _continue: page }) })
        const { resourceVersion = '', _continue: next } = found.metadata ?? {}
        return { items: found.items, resourceVersion, next: next === '' ? undefined : next }
      } catch (error) {
        throw new PodApiError(failureOf('the list of pods', error))
      }
    },
    watch(resourceVersion, onEvent, onEnd) {
      const query = { fieldSelector, resourceVersion, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS }
      let controller: AbortController | undefined
      let stopped = false
      const started = watcher.watch(PATH, query, onEvent, (error: unknown) => onEnd(endOf(error)))
      started.then(
        (opened) => {
          controller = opened
          if (stopped) controller.abort()
        },
        (error: unknown) => onEnd({ kind: 'failed', failure: failureOf('the watch of pods', error) })
      )
      return () => {
        stopped = true
        controller?.abort()
      }
    }
  }
}

/** The library ends a watch that is silent for half a minute with a TimeoutError: that is no failure. */
function endOf(error: unknown): WatchEnd {
  if (error === null || error === undefined) return { kind: 'closed' }
  if (error instanceof Error && error.name === 'TimeoutError') return { kind: 'closed' }
  if (statusOf(error) === GONE) return { kind: 'expired' }
  return { kind: 'failed', failure: failureOf('the watch of pods', error) }
}

const failureOf = (what: string, error: unknown): Failure => {
  const status = statusOf(error)
  const code = status === undefined ? (errnoOf(causeOf(error)) ?? errnoOf(error) ?? 'api-failed') : `HTTP ${status}`
  return { code, message: `${what} of the cluster failed: ${status === undefined ? wordsOf(error) : `HTTP ${status}`}` }
}

/** `statusCode` of the library's watch, `code` of its API. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown }
  return [statusCode, code].find((value): value is number => typeof value === 'number')
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined)

const wordsOf = (error: unknown): string => (error instanceof Error ? (error.message.split('\n')[0] ?? '').slice(0, 300) : String(error))
