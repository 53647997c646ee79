import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPod } from '../../src/core/kubernetes/pod-facts.ts'
import { type PodOwnership, workloadOf } from '../../src/core/kubernetes/workload.ts'

const owned = (
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
  more: Partial<PodOwnership> = {}
): PodOwnership => ({
  name: `${name}-x2x4z`,
  generateName: `${name}-`,
  labels,
  owners: [{ kind, name, controller: true }],
  ...more
})

describe('the workload of a pod', () => {
  test.each<[string, PodOwnership, string]>([
    ['a deployment', owned('ReplicaSet', 'web-7d4b9c6f5', { 'pod-template-hash': '7d4b9c6f5' }), 'web/Deployment'],
    ['a replica set of its own', owned('ReplicaSet', 'web-7d4b9c6f5'), 'web-7d4b9c6f5/ReplicaSet'],
    [
      'a replica set with the hash of another',
      owned('ReplicaSet', 'web-7d4b9c6f5', { 'pod-template-hash': 'abc' }),
      'web-7d4b9c6f5/ReplicaSet'
    ],
    ['a cron job', owned('Job', 'backup-28379280'), 'backup/CronJob'],
    ['a cron job with ten digits', owned('Job', 'nightly-backup-2837928012'), 'nightly-backup/CronJob'],
    ['a job', owned('Job', 'backup-1234567'), 'backup-1234567/Job'],
    ['a job with eleven digits', owned('Job', 'backup-12345678901'), 'backup-12345678901/Job'],
    ['a deployment configuration', owned('ReplicationController', 'web-3', { deploymentconfig: 'web' }), 'web/DeploymentConfig'],
    ['a replication controller', owned('ReplicationController', 'web-3'), 'web-3/ReplicationController'],
    ['a stateful set', owned('StatefulSet', 'db'), 'db/StatefulSet'],
    ['a daemon set', owned('DaemonSet', 'log'), 'log/DaemonSet'],
    ['a pod by hand', owned('ReplicaSet', 'web', {}, { generateName: undefined, name: 'alone' }), 'alone/Pod'],
    [
      'a pod without a controller',
      owned('ReplicaSet', 'web', {}, { owners: [{ kind: 'Node', name: 'n', controller: false }], name: 'p' }),
      'p/Pod'
    ]
  ])('%s', (_what, pod, expected) => {
    const { workload, workloadKind } = workloadOf(pod)
    expect(`${workload}/${workloadKind}`).toBe(expected)
  })

  test('whatever a pod says, it has a workload with a name or none of it is thrown', () => {
    fc.assert(
      fc.property(fc.anything(), (pod) => {
        expect(() => readPod(pod)).not.toThrow()
      })
    )
    const json = fc.object({
      key: fc.constantFrom(
        'metadata',
        'status',
        'containerStatuses',
        'containerID',
        'uid',
        'name',
        'namespace',
        'labels',
        'ownerReferences',
        'state',
        'running'
      ),
      maxDepth: 5
    })
    fc.assert(fc.property(json, (pod) => void readPod(pod)))
  })
})

describe('the containers of a pod', () => {
  const id = `containerd://${'ab'.repeat(32)}`
  const pod = {
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      uid: 'u',
      generateName: 'web-',
      labels: { app: 'web', bad: 7 },
      ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }]
    },
    status: {
      containerStatuses: [
        { name: 'web', containerID: id, image: 'nginx:1', imageID: 'sha256:1', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }
      ],
      initContainerStatuses: [
        { name: 'setup', containerID: `docker://${'cd'.repeat(32)}`, state: { terminated: { startedAt: new Date(0) } } }
      ],
      ephemeralContainerStatuses: [{ name: 'debug', containerID: 'cri-o://short' }, { name: 'waiting' }]
    }
  }

  test('by the first 31 characters of their ids, the ended and the temporary ones too', () => {
    const seen = readPod(pod)
    expect([...(seen?.containers.keys() ?? [])]).toEqual(['ab'.repeat(32).slice(0, 31), 'cd'.repeat(32).slice(0, 31)])
    expect(seen?.containers.get('ab'.repeat(32).slice(0, 31))).toEqual({
      namespace: 'shop',
      name: 'web-1',
      uid: 'u',
      labels: { app: 'web' },
      workload: 'web',
      workloadKind: 'StatefulSet',
      container: { id, name: 'web', image: 'nginx:1', imageId: 'sha256:1', startedAt: '2026-01-01T00:00:00Z' }
    })
    expect(seen?.containers.get('cd'.repeat(32).slice(0, 31))?.container.startedAt).toBe('1970-01-01T00:00:00.000Z')
  })

  test('of what is no pod there are none', () => {
    expect(readPod({ metadata: { name: 'x' } })).toBeUndefined()
    expect(readPod(null)).toBeUndefined()
  })
})
