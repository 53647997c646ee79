import type { Failure } from '../errors.ts'
import type { Cancel, Clock } from '../ports.ts'
import type { PodIndex } from './pod-index.ts'

/** One page of a list. */
export interface PodPage {
  readonly items: readonly unknown[]
  readonly resourceVersion: string
  /** undefined: the last one. */
  readonly next: string | undefined
}

/** How a watch ended. expired: what it began with is too old for the server (410 Gone); closed: by the server, or for silence. */
export type WatchEnd = { readonly kind: 'closed' } | { readonly kind: 'expired' } | { readonly kind: 'failed'; readonly failure: Failure }

/** The API of a cluster, as far as it is used: the pods of one node. */
export interface PodClient {
  /** Rejects with a PodApiError. */
  list(page: string | undefined): Promise<PodPage>
  /** Ends once. The answer stops it. */
  watch(resourceVersion: string, onEvent: (type: string, object: unknown) => void, onEnd: (end: WatchEnd) => void): Cancel
}

export class PodApiError extends Error {
  override readonly name = 'PodApiError'
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

export interface PodWatchOptions {
  readonly client: PodClient
  readonly index: PodIndex
  readonly clock: Clock
  /** 0..1 */
  readonly random: () => number
  /** Once for each row of failures. */
  readonly onProblem: (failure: Failure) => void
}

export interface PodWatch {
  /** Lists so far: one, and one more for each time that the server had forgotten. */
  readonly lists: number
  stop(): void
}

const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 30_000
/** A watch that lasted so long was a good one. */
const GOOD_MS = 5000
const GONE = 410

/** Lists the pods of the node, then watches: goes on where a connection was cut, and lists again where the server cannot go on. */
export function watchPods({ client, index, clock, random, onProblem }: PodWatchOptions): PodWatch {
  let stopped = false
  let lists = 0
  let failures = 0
  let cancel: Cancel = () => undefined

  const later = (then: () => void): void => {
    if (stopped) return
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 10))
    cancel = clock.after(delay * (0.5 + random() / 2), then)
  }

  const fail = (failure: Failure, then: () => void): void => {
    failures++
    if (failures === 1) onProblem(failure)
    later(then)
  }

  const list = async (): Promise<void> => {
    if (stopped) return
    lists++
    try {
      const items: unknown[] = []
      let page: PodPage | undefined
      do {
        page = await client.list(page?.next)
        items.push(...page.items)
      } while (page.next !== undefined)
      if (stopped) return
      failures = 0
      index.replace(items)
      watch(page.resourceVersion)
    } catch (error) {
      if (!(error instanceof PodApiError)) throw error
      fail(error.failure, () => void list())
    }
  }

  const watch = (from: string): void => {
    if (stopped) return
    let version = from
    let expired = false
    const since = clock.now()
    const onEvent = (type: string, object: unknown): void => {
      if (type === 'ERROR') {
        expired ||= codeOf(object) === GONE
        return
      }
      version = versionOf(object) ?? version
      if (type === 'ADDED' || type === 'MODIFIED') index.put(object)
      if (type === 'DELETED') index.remove(object)
    }
    cancel = client.watch(version, onEvent, (end) => {
      if (stopped) return
      if (expired || end.kind === 'expired') {
        void list()
        return
      }
      if (clock.now() - since >= GOOD_MS) failures = 0
      if (end.kind === 'failed') return fail(end.failure, () => watch(version))
      if (clock.now() - since >= GOOD_MS) return watch(version)
      // closed at once: not again and again
      failures++
      later(() => watch(version))
    })
  }

  void list()
  return {
    get lists() {
      return lists
    },
    stop() {
      stopped = true
      cancel()
    }
  }
}

const codeOf = (status: unknown): unknown => (isObject(status) ? status['code'] : undefined)

function versionOf(object: unknown): string | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined
  return typeof version === 'string' && version !== '' ? version : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
