/** Who made a pod, as far as its own metadata tell. */
export interface PodOwnership {
  readonly name: string
  /** undefined: somebody wrote the pod by hand. */
  readonly generateName: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly owners: readonly { readonly kind: string; readonly name: string; readonly controller: boolean }[]
}

export interface Workload {
  readonly workload: string
  readonly workloadKind: string
}

const HASH_LABEL = 'pod-template-hash'
const DEPLOYMENT_CONFIG_LABEL = 'deploymentconfig'
/** A CronJob names its jobs by the minute that they were due. */
const SCHEDULED_JOB = /^(.+)-\d{8,10}$/

/** What a person calls the thing that a pod belongs to; process cache: workload. */
export function workloadOf({ name, generateName, labels, owners }: PodOwnership): Workload {
  const own = { workload: name, workloadKind: 'Pod' }
  if (generateName === undefined || generateName === '') return own
  const owner = owners.find(({ controller }) => controller)
  if (owner === undefined) return own
  return ownerWorkload(owner, labels)
}

function ownerWorkload({ kind, name }: { readonly kind: string; readonly name: string }, labels: PodOwnership['labels']): Workload {
  const hash = labels[HASH_LABEL]
  if (kind === 'ReplicaSet' && hash !== undefined && hash !== '' && name.endsWith(`-${hash}`)) {
    return { workload: name.slice(0, -hash.length - 1), workloadKind: 'Deployment' }
  }
  const config = labels[DEPLOYMENT_CONFIG_LABEL]
  if (kind === 'ReplicationController' && config !== undefined) return { workload: config, workloadKind: 'DeploymentConfig' }
  const scheduled = kind === 'Job' ? SCHEDULED_JOB.exec(name)?.[1] : undefined
  if (scheduled !== undefined) return { workload: scheduled, workloadKind: 'CronJob' }
  return { workload: name, workloadKind: kind }
}
