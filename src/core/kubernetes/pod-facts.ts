import type { PodFacts } from '../process/details/pod.ts'
import { workloadOf } from './workload.ts'

/** As many characters of a container id as a cgroup path is read for. */
const SHORT_ID = 31
/** A pod has a few containers; more than this is no pod of ours. */
const MOST_CONTAINERS = 256

export interface SeenPod {
  readonly uid: string
  /** By the short id of each container. */
  readonly containers: ReadonlyMap<string, PodFacts>
}

/** What a pod of the API says of its containers; undefined: it is none. What comes from outside is not trusted to have any shape. */
export function readPod(pod: unknown): SeenPod | undefined {
  const metadata = field(pod, 'metadata')
  const namespace = text(field(metadata, 'namespace'))
  const name = text(field(metadata, 'name'))
  const uid = text(field(metadata, 'uid'))
  if (namespace === undefined || name === undefined || uid === undefined) return undefined
  const labels = texts(field(metadata, 'labels'))
  const owners = list(field(metadata, 'ownerReferences')).map((owner) => ({
    kind: text(field(owner, 'kind')) ?? '',
    name: text(field(owner, 'name')) ?? '',
    controller: field(owner, 'controller') === true
  }))
  const workload = workloadOf({ name, generateName: text(field(metadata, 'generateName')), labels, owners })
  const containers = new Map<string, PodFacts>()
  for (const container of statuses(pod)) {
    const id = text(field(container, 'containerID'))
    const short = id === undefined ? undefined : shortIdOf(id)
    if (id === undefined || short === undefined) continue
    containers.set(short, { namespace, name, uid, labels, ...workload, container: describe(container, id) })
  }
  return { uid, containers }
}

const statuses = (pod: unknown): readonly unknown[] => {
  const status = field(pod, 'status')
  const kinds = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
  return kinds.flatMap((kind) => list(field(status, kind)))
}

/** `containerd://551e161c...`; undefined: too short to be told from another. */
function shortIdOf(id: string): string | undefined {
  const bare = id.slice(id.indexOf('//') + (id.includes('//') ? 2 : 0))
  return bare.length < SHORT_ID ? undefined : bare.slice(0, SHORT_ID)
}

function describe(container: unknown, id: string): PodFacts['container'] {
  const state = field(container, 'state')
  const started = field(field(state, 'running'), 'startedAt') ?? field(field(state, 'terminated'), 'startedAt')
  return {
    id,
    name: text(field(container, 'name')) ?? '',
    image: text(field(container, 'image')) ?? '',
    imageId: text(field(container, 'imageID')) ?? '',
    // a list gives dates, a watch the text of the API
    startedAt: started instanceof Date ? started.toISOString() : text(started)
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, MOST_CONTAINERS) : [])

const texts = (value: unknown): Readonly<Record<string, string>> =>
  typeof value !== 'object' || value === null
    ? {}
    : Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
