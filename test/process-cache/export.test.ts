import { describe, expect, test } from 'vitest'
import { timeText } from '../../src/core/process/cache/boot-time.ts'
import { createExporter } from '../../src/core/process/cache/export.ts'
import type { ProcessCopy } from '../../src/core/process/cache/image.ts'
import { MISSED, type ProcessFacts } from '../../src/core/process/details/facts.ts'
import type { PodFacts } from '../../src/core/process/details/pod.ts'
import { imageOf } from './images.ts'

const BOOT = 1_790_000_000_000_000_000n
const ID = 'ae7a1981e064c217035e0b23979c8de'
const pod: PodFacts = {
  namespace: 'default',
  name: 'web-1',
  uid: 'u-1',
  labels: { app: 'web' },
  workload: 'web',
  workloadKind: 'Deployment',
  container: { id: `containerd://${ID}`, name: 'web', image: 'nginx:1', imageId: 'sha256:1', startedAt: '2026-01-01T00:00:00Z' }
}
const exporter = createExporter({
  nodeName: 'my-node',
  bootTime: { wall: (ktime) => BOOT + ktime, now: () => 5n },
  podOf: (id) => (id === ID ? pod : undefined)
})

const facts: ProcessFacts = {
  ...MISSED,
  binary: '/usr/bin/curl',
  arguments: '-s "a b"',
  cwd: '/',
  auid: 4294967295,
  container: ID,
  innerPid: 49,
  credentials: {
    uid: 1000,
    euid: 0,
    suid: 0,
    fsuid: 0,
    gid: 1,
    egid: 2,
    sgid: 3,
    fsgid: 4,
    groups: [],
    permitted: 0x2000n,
    effective: 0x2000n,
    inheritable: 0n,
    ambient: 0n
  },
  properties: {
    setuid: 0,
    setgid: undefined,
    privilegesChanged: ['setuid', 'file-capabilities'],
    unlinked: { inode: '18446744073709551615' }
  },
  flags: ['rootcwd']
}

function copyOf(pid: number, found: ProcessFacts | undefined, more: Partial<ProcessCopy> = {}): ProcessCopy {
  const { program: _program, ...image } = imageOf(pid, BigInt(pid) * 1_000_000_000n, 'cGFyZW50')
  return { ...image, facts: found, references: 1, ...more }
}

describe("a record in the shape of Tetragon's export", () => {
  test('an exec', () => {
    const record = JSON.parse(
      exporter.exec(copyOf(42, facts), copyOf(7, { ...MISSED, binary: '/sbin/init', arguments: '', flags: [] }, { made: 'found' }))
    )
    expect(record).toEqual({
      process_exec: {
        process: {
          exec_id: copyOf(42, facts).execId,
          pid: 42,
          uid: 0,
          cwd: '/',
          binary: '/usr/bin/curl',
          arguments: '-s "a b"',
          flags: 'execve rootcwd',
          start_time: timeText(BOOT + 42_000_000_000n),
          auid: 4294967295,
          pod: {
            namespace: 'default',
            name: 'web-1',
            uid: 'u-1',
            container: {
              id: `containerd://${ID}`,
              name: 'web',
              image: { id: 'sha256:1', name: 'nginx:1' },
              start_time: '2026-01-01T00:00:00Z',
              pid: 49
            },
            pod_labels: { app: 'web' },
            workload: 'web',
            workload_kind: 'Deployment'
          },
          docker: ID,
          parent_exec_id: 'cGFyZW50',
          refcnt: 1,
          tid: 42,
          cap: { permitted: ['CAP_NET_RAW'], effective: ['CAP_NET_RAW'] },
          process_credentials: { uid: 1000, gid: 1, euid: 0, egid: 2, suid: 0, sgid: 3, fsuid: 0, fsgid: 4 },
          binary_properties: {
            setuid: 0,
            privileges_changed: ['PRIVILEGES_RAISED_EXEC_FILE_SETUID', 'PRIVILEGES_RAISED_EXEC_FILE_CAP'],
            file: { inode: { number: '18446744073709551615', links: 0 } }
          }
        },
        parent: expect.objectContaining({ pid: 7, binary: '/sbin/init', flags: 'procFS' })
      },
      node_name: 'my-node',
      time: timeText(BOOT + 42_000_000_000n),
      source: 'events',
      node: 'worker'
    })
  })

  test('an exit, by status or signal, of the last thread', () => {
    const ended = (code: number | undefined, signal: NodeJS.Signals | undefined) => ({
      end: { ktime: 50_000_000_000n, exit: { code, signal, oomKilled: false }, tid: 43 }
    })
    const exit = JSON.parse(exporter.exit({ ...copyOf(42, facts, ended(3, undefined)), tid: 43 }, undefined))
    expect(exit.process_exit).toMatchObject({ status: 3, time: timeText(BOOT + 50_000_000_000n), process: { pid: 42, tid: 43 } })
    expect(exit.time).toBe(timeText(BOOT + 50_000_000_000n))
    expect(exit.process_exit).not.toHaveProperty('signal')
    expect(exit.process_exit).not.toHaveProperty('parent')
    const killed = JSON.parse(exporter.exit(copyOf(42, facts, ended(undefined, 'SIGKILL')), undefined))
    expect(killed.process_exit).toMatchObject({ signal: 'SIGKILL' })
    expect(killed.process_exit).not.toHaveProperty('status')
  })

  test('what is unknown is left out, never false or empty', () => {
    const { process } = JSON.parse(exporter.exec(copyOf(42, MISSED), undefined)).process_exec
    expect(process).toMatchObject({ binary: 'unknown', flags: 'execve miss' })
    for (const field of [
      'uid',
      'cwd',
      'arguments',
      'auid',
      'docker',
      'pod',
      'cap',
      'process_credentials',
      'binary_properties',
      'in_init_tree'
    ]) {
      expect(process).not.toHaveProperty(field)
    }
    expect(JSON.parse(exporter.unknownExit(9, 1n, undefined)).process_exit.process).toEqual({
      pid: 9,
      binary: 'unknown',
      flags: 'miss',
      tid: 9
    })
  })

  test('a clone does not have the number of its parent in the container', () => {
    const { process } = JSON.parse(exporter.exec(copyOf(42, facts, { made: 'clone' }), undefined)).process_exec
    expect(process.pod.container).not.toHaveProperty('pid')
    expect(process.flags).toBe('clone rootcwd')
  })

  test('times have nine digits', () => {
    expect(timeText(1_696_629_837_700_326_678n)).toBe('2023-10-06T22:03:57.700326678Z')
    expect(timeText(1_000_000_005n)).toBe('1970-01-01T00:00:01.000000005Z')
  })

  test('a line stays below what readers of lines take', () => {
    const long = { ...facts, arguments: '\ufffd'.repeat(4096), cwd: 'x'.repeat(4095), binary: 'y'.repeat(4095) }
    expect(Buffer.byteLength(exporter.exec(copyOf(1, long), copyOf(2, long)))).toBeLessThan(65_536)
  })
})
