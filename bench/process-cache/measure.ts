import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSystemClock } from '../../src/core/clock.ts'
import type { ProcessTable } from '../../src/core/ports.ts'
import { createBootTime } from '../../src/core/process/cache/boot-time.ts'
import { createProcessCache } from '../../src/core/process/cache/cache.ts'
import { createExporter } from '../../src/core/process/cache/export.ts'
import type { ProcessImage } from '../../src/core/process/cache/image.ts'
import { createRecorder, type Recorder } from '../../src/core/process/cache/recorder.ts'
import { SELF } from '../../src/core/process/cache/references.ts'
import { createProcessTap } from '../../src/core/process/cache/tap.ts'
import { MISSED } from '../../src/core/process/details/facts.ts'
import { createProcFiles } from '../../src/core/process/details/proc-files.ts'
import { createFactsReader } from '../../src/core/process/details/read.ts'
import { execIdOf } from '../../src/core/process/exec-id.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { createRedactor, SECRET_PATTERNS } from '../../src/core/redact.ts'

/** `measure.ts WHAT`, each in a process of its own; one JSON line. */
const what = process.argv[2] ?? ''
const STORM = 5000
const IDLE_MS = 15_000
const CAPACITY = 65_536
const clock = createSystemClock()

interface Followed {
  readonly table: ProcessTable
  readonly recorder: Recorder | undefined
  readonly lines: () => number
  close(): void
}

/** The process table, and what the cache adds to it: following, reading, putting into words and writing. */
function follow(cached: boolean): Followed {
  const tap = cached ? createProcessTap('managed') : undefined
  const table = createProcessTable({ sampler: 'procfs', clock, nodeName: 'bench', tap })
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const file = openSync(join(folder, 'records'), 'w')
  let lines = 0
  let batch = ''
  const write = (line: string): void => {
    lines++
    batch += `${line}\n`
    if (batch.length < 65_536) return
    writeSync(file, batch)
    batch = ''
  }
  const bootTime = createBootTime(clock)
  const reader = createProcReader()
  const exporter = createExporter({ nodeName: 'bench', bootTime, podOf: () => undefined })
  const recorder =
    tap &&
    createRecorder({
      scope: 'managed',
      capacity: CAPACITY,
      nodeName: 'bench',
      clock,
      bootTime,
      reader,
      facts: createFactsReader({ reader, files: createProcFiles(), redact: createRedactor(SECRET_PATTERNS) }),
      sink: {
        exec: (image, parent) => write(exporter.exec(image, parent)),
        exit: (image, parent) => write(exporter.exit(image, parent)),
        unknownExit: () => undefined
      }
    })
  if (recorder !== undefined) tap?.attach(recorder)
  return {
    table,
    recorder,
    lines: () => lines,
    close() {
      table.close()
      recorder?.close()
      closeSync(file)
      rmSync(folder, { recursive: true })
    }
  }
}

/** A shell behind a pipe, tracked as a tree. */
function startTree(table: ProcessTable, script: string) {
  const child = spawn('sh', ['-c', `read _; ${script}`], { stdio: ['pipe', 'ignore', 'inherit'], detached: true })
  const pid = child.pid ?? 0
  const startTime = table.inspect(pid)?.startTime ?? 0
  table.track({ node: 'bench', leader: { pid, startTime }, cookie: `bench-${process.pid}`, cgroup: undefined })
  child.stdin?.write('go\n')
  return { child, pid, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Own CPU for each fork, exec and exit in a tree, us. */
async function storm(cached: boolean): Promise<object> {
  const followed = follow(cached)
  const before = cpuUs()
  const at = performance.now()
  const { ended } = startTree(followed.table, `n=0; while [ $n -lt ${STORM} ]; do /bin/true; n=$((n+1)); done`)
  await ended
  const deadline = performance.now() + 5000
  while (cached && followed.lines() < 2 * STORM && performance.now() < deadline) await sleep(20)
  await sleep(cached ? 0 : 300)
  const seconds = (performance.now() - at) / 1000
  const us = (cpuUs() - before) / STORM
  const lines = followed.lines()
  followed.close()
  return { us, lines, perSecond: STORM / seconds }
}

/** Own CPU beside a tree of 100 that sleep, ms a second; the table is refreshed once a second by both. */
async function idle(kind: string): Promise<object> {
  const followed = follow(kind === 'cached')
  const { child, ended } = startTree(followed.table, 'i=1; while [ $i -lt 100 ]; do sleep 1000 & i=$((i+1)); done; wait')
  await sleep(2000)
  const reader = createProcReader()
  const scan = (): void => {
    for (const pid of reader.pids()) reader.stat(pid)
  }
  const seeing = setInterval(async () => {
    const samples = await followed.table.refresh()
    followed.recorder?.seen(
      [...samples].map(([node, tree]) => ({
        node,
        cpuPercent: 0,
        cpuSource: tree.cpuSource,
        rssBytes: 0,
        processes: tree.processes.map((process) => ({ ...process, cpuPercent: 0 }))
      }))
    )
    if (kind === 'scanned') scan()
  }, 1000)
  await sleep(1000)
  const before = cpuUs()
  await sleep(IDLE_MS)
  const msASecond = (cpuUs() - before) / IDLE_MS
  clearInterval(seeing)
  process.kill(-(child.pid ?? 0), 'SIGKILL')
  await ended
  followed.close()
  return { msASecond, processes: reader.pids().length }
}

const imageOf = (pid: number, parent: string): ProcessImage => {
  const ktime = BigInt(pid) * 1_000_000n + 17_000_000_000_000n
  const execId = execIdOf('a-node-of-usual-length', ktime, pid)
  const facts = {
    ...MISSED,
    binary: '/usr/bin/some-program',
    arguments: `--option value --number ${pid} /some/path/to/a/file`,
    cwd: '/srv/app',
    flags: []
  }
  return {
    execId,
    pid,
    startTime: pid,
    ktime,
    parentExecId: parent,
    made: 'exec',
    node: 'worker',
    source: 'events',
    program: { facts },
    end: undefined
  }
}

/** Adding with a reference to the parent, looking up, dropping and sweeping, operations a second. */
function operations(): object {
  const cache = createProcessCache({ nodeName: 'bench', capacity: CAPACITY })
  const root = imageOf(1, '')
  cache.add(root)
  const images = Array.from({ length: 200_000 }, (_, index) => imageOf(index + 2, root.execId))
  const time = (work: () => void): number => {
    const at = performance.now()
    work()
    return images.length / ((performance.now() - at) / 1000)
  }
  const each = (work: (image: ProcessImage) => unknown) => (): void => {
    for (const image of images) work(image)
  }
  return {
    add: time(each(cache.add)),
    get: time(each(({ execId }) => cache.get(execId))),
    drop: time(each((image) => cache.drop(image, SELF)))
  }
}

/** Heap for a full cache, bytes for each image: of its own program, and of clones that share one. */
function memory(): object {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = (): number => {
    collect()
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const measure = (make: (index: number, root: ProcessImage) => ProcessImage): number => {
    const before = used()
    const cache = createProcessCache({ nodeName: 'bench', capacity: CAPACITY })
    const root = imageOf(1, '')
    cache.add(root)
    for (let index = 2; index <= CAPACITY; index++) cache.add(make(index, root))
    const after = used()
    if (cache.counts().size !== CAPACITY) throw new Error('the cache is not full')
    return (after - before) / CAPACITY
  }
  const own = measure((index, root) => imageOf(index, root.execId))
  const shared = measure((index, root) => ({ ...imageOf(index, root.execId), made: 'clone', program: root.program }))
  return { own, shared }
}

/** Reading one living process, us. */
function reading(): object {
  const facts = createFactsReader({ reader: createProcReader(), files: createProcFiles(), redact: createRedactor(SECRET_PATTERNS) })
  const rounds = 3000
  for (let i = 0; i < 300; i++) facts.read(process.ppid)
  const before = cpuUs()
  for (let i = 0; i < rounds; i++) facts.read(process.ppid)
  return { us: (cpuUs() - before) / rounds, binary: facts.read(process.ppid)?.facts.binary ?? readFileSync('/proc/self/comm', 'utf8') }
}

const measurements: Readonly<Record<string, () => object | Promise<object>>> = {
  'storm-bare': () => storm(false),
  'storm-cached': () => storm(true),
  'idle-bare': () => idle('bare'),
  'idle-cached': () => idle('cached'),
  'idle-scanned': () => idle('scanned'),
  operations,
  memory,
  reading
}

console.log(JSON.stringify(await measurements[what]?.()))
process.exit()
