import { readFileSync, readlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openProcessConnector } from '../../src/core/linux/process-connector.ts'
import { createBootTime } from '../../src/core/process/cache/boot-time.ts'
import { createDescriber } from '../../src/core/process/details/describe.ts'
import { readEnvironment } from '../../src/core/process/details/environment.ts'
import { filterFactsOf, matchProcess, parseProcessFilter } from '../../src/core/process/details/filter.ts'
import { createProcFiles } from '../../src/core/process/details/proc-files.ts'
import { createFactsReader } from '../../src/core/process/details/read.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { createRedactor, SECRET_PATTERNS } from '../../src/core/redact.ts'
import { identityOf, statFields } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { ANNA, lacksRoot, Programs } from './programs.ts'
import { NODE_NAME, Recording } from './recording.ts'

const opened = openProcessConnector()
const lacksEvents = opened.ok ? '' : opened.error.message
if (opened.ok) opened.value.close()

let recording: Recording
let programs: Programs
beforeEach(() => {
  recording = new Recording()
  programs = new Programs()
})
afterEach(async () => {
  programs.close()
  await recording.close()
})

const redact = createRedactor(SECRET_PATTERNS)
const reader = createProcReader()

/** `known: false`: as with --process-events off. */
function describer(known = true) {
  const files = createProcFiles()
  return createDescriber({
    table: recording.table,
    reader,
    files,
    facts: createFactsReader({ reader, files, redact }),
    bootTime: createBootTime(recording.clock),
    nodeName: NODE_NAME,
    known: {
      imageOf: ({ pid, startTime }) => (known ? recording.recorder.imageOf(pid, startTime) : undefined),
      ancestors: (execId, most) => (known ? recording.recorder.cache.ancestors(execId, most) : []),
      podOf: () => undefined
    }
  })
}

describe.skipIf(process.platform !== 'linux')('what can be known of one process', () => {
  test('of one that lives, from /proc alone', async () => {
    const sleeper = programs.sleeper('sleeper')
    const child = programs.run(sleeper, ['1000'], { cwd: programs.folder })
    await programs.read(child, ({ facts }) => facts.binary === sleeper)
    const target = identityOf(child.pid ?? 0)
    const found = target && describer(false).describe(target)
    if (!found?.ok) throw new Error(JSON.stringify(found))
    const details = found.value
    expect(details).toMatchObject({
      ...target,
      ppid: process.pid,
      binary: sleeper,
      arguments: '1000',
      cwd: programs.folder,
      command: `${sleeper} 1000`,
      uid: process.getuid?.(),
      properties: [],
      flags: 'procFS',
      source: 'procfs',
      threads: 1
    })
    expect(details.ancestors[0]).toMatchObject({ pid: process.pid, execId: recording.table.inspect(process.pid)?.execId })
    expect(details.ancestors.at(-1)?.pid).toBe(1)
    expect(Math.abs(Date.parse(details.startedAt) - Date.now())).toBeLessThan(20_000)
    const own = readFileSync('/proc/self/status', 'utf8')
    const permitted = BigInt(`0x${/^CapPrm:\t([0-9a-f]+)$/m.exec(own)?.[1] ?? '0'}`)
    expect(details.credentials?.capPermitted === '').toBe(permitted === 0n)
    expect(`pid:[${details.namespaces?.['pid']?.inode}]`).toBe(readlinkSync('/proc/self/ns/pid'))
    const filter = parseProcessFilter(`bin:${sleeper} uid:${process.getuid?.()} args:1000 !bin:/bin/true`)
    expect(filter.ok && matchProcess(filter.value, filterFactsOf(details))).toBe(true)
  })

  test('of one that was never there, or whose number another has', () => {
    expect(describer().describe({ pid: process.pid, startTime: 1 })).toMatchObject({ ok: false, error: { code: 'ESRCH' } })
    expect(describer().describe({ pid: 4_194_300, startTime: 1 })).toMatchObject({ ok: false, error: { code: 'ESRCH' } })
  })

  test.skipIf(lacksEvents !== '')(`of one that has ended, from the cache ${lacksEvents}`, async () => {
    const { leader, release } = recording.track('sleep 0.4; exit 6')
    release()
    const exit = await recording.exitOf(leader.pid)
    await waitUntil(() => statFields(leader.pid)?.startTime !== leader.startTime, 'the leader to be reaped')
    const found = describer().describe(leader)
    if (!found.ok) throw new Error(found.error.message)
    expect(found.value).toMatchObject({
      state: 'ended',
      execId: exit.process.exec_id,
      exit: { code: 6 },
      node: 'worker',
      source: 'events',
      threads: 0
    })
    expect(Math.abs(Date.parse(found.value.endedAt ?? '') - Date.parse(exit.time))).toBeLessThan(20)
    expect(found.value.ancestors[0]?.pid).toBe(process.pid)
    expect(describer().ancestry(leader)[0]?.pid).toBe(process.pid)
  })

  test.skipIf(lacksRoot !== '')(`credentials and properties of a setuid program ${lacksRoot}`, async () => {
    const path = programs.sleeper('setuid', 0o4755)
    const child = programs.run(path, ['1000'], { uid: ANNA })
    await programs.read(child, ({ facts }) => facts.binary === path)
    const target = identityOf(child.pid ?? 0)
    const found = target && describer(false).describe(target)
    expect(found).toMatchObject({
      ok: true,
      value: { uid: ANNA, credentials: { uid: ANNA, euid: 0 }, properties: ['setuid 0', 'privileges_changed by setuid'] }
    })
  })
})

describe.skipIf(process.platform !== 'linux')('an environment', () => {
  test('is shown, without its secrets, to who may see it', async () => {
    const child = programs.processes.spawn('sleep', ['1000'], { env: { PLAIN: 'yes', DB_PASSWORD: 'hunter2' }, stdio: 'ignore' })
    const target = await waitUntil(
      () => reader.environ(child.pid ?? 0)?.includes('PLAIN=') && identityOf(child.pid ?? 0),
      'the environment'
    )
    const asked = (uid: number) => readEnvironment({ target, uid }, { reader, redact, ownUid: process.geteuid?.() ?? 0 })
    const shown = asked(process.getuid?.() ?? 0)
    expect(shown.ok && shown.value).toEqual(expect.arrayContaining(['PLAIN=yes', 'DB_PASSWORD=[redacted]']))
    expect(shown.ok && shown.value.filter((variable) => !/^[^=\s]+=/.test(variable))).toEqual([])
    expect(asked(ANNA + 1)).toMatchObject({ ok: false, error: { code: 'EPERM' } })
    expect(readEnvironment({ target: { ...target, startTime: 1 }, uid: 0 }, { reader, redact, ownUid: 0 })).toMatchObject({
      ok: false,
      error: { code: 'ESRCH' }
    })
  })

  test.skipIf(lacksRoot !== '')(`of her own process is shown to its user, of a privileged one is not ${lacksRoot}`, async () => {
    const own = programs.sleeper('own')
    const setuid = programs.sleeper('setuid', 0o4755)
    const seen = async (path: string) => {
      const child = programs.run(path, ['1000'], { uid: ANNA })
      await programs.read(child, ({ facts }) => facts.binary === path)
      const target = identityOf(child.pid ?? 0)
      return target && readEnvironment({ target, uid: ANNA }, { reader, redact, ownUid: 0 })
    }
    expect(await seen(own)).toMatchObject({ ok: true })
    expect(await seen(setuid)).toMatchObject({ ok: false, error: { code: 'EPERM' } })
  })
})
