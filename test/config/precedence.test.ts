import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FOR_EVER_MS } from '../../src/config/units.ts'
import { SECRET_PATTERNS } from '../../src/core/redact.ts'
import type { NodeSettings, Source } from '../../src/core/settings.ts'
import { ConfigFolder } from './folder.ts'

const MB = 2 ** 20
let folder: ConfigFolder
beforeEach(() => {
  folder = new ConfigFolder()
})
afterEach(() => folder.remove())

async function nodesOf(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Record<string, NodeSettings>> {
  const { settings } = await folder.load(argv, env)
  return Object.fromEntries(settings.nodes.map((node) => [node.name, node]))
}

describe('precedence: default < level < file < flagfile < environment < option', () => {
  const FILE = 'watchdog:\n  memoryLimit: 20MB\nworker:\n  command: [a]\n  limits: {latency: 7s}\n'

  it('each layer wins over those before it, and says so', async () => {
    const seen: [number, Source][] = []
    const look = async (argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> => {
      const { settings, provenance } = await folder.load(argv, env)
      const memory = settings.nodes[0]?.limits.memory
      if (memory === undefined) throw new Error('no worker')
      expect(provenance.get('worker.limits.memory')).toEqual(memory.source)
      seen.push([memory.value / MB, memory.source])
    }
    folder.write('flags', '# flags\n--watchdog_memory_limit=30\n')
    await look(['--', 'a'])
    await look(['--watchdog-level=1', '--', 'a'])
    folder.write('tsupervise.yaml', FILE)
    await look(['--watchdog-level=1'])
    folder.write('tsupervise.yaml', FILE.replace('{latency: 7s}', '{latency: 7s, memory: 25MB}'))
    await look([])
    await look(['--flagfile=flags'])
    await look(['--flagfile=flags'], { TSUPERVISE_WATCHDOG_MEMORY_LIMIT: '40' })
    await look(['--flagfile=flags', '--watchdog_memory_limit=50'], { TSUPERVISE_WATCHDOG_MEMORY_LIMIT: '40' })
    await look(['--flagfile=flags', '--watchdog_memory_limit=0'])
    const file = join(folder.path, 'tsupervise.yaml')
    expect(seen).toEqual([
      [200, { kind: 'level', level: 'normal' }],
      [100, { kind: 'level', level: 'restrictive' }],
      [20, { kind: 'file', file, line: 2, column: 16 }],
      [25, { kind: 'file', file, line: 5, column: 33 }],
      [30, { kind: 'flagfile', file: 'flags', line: 2, flag: '--watchdog_memory_limit' }],
      [40, { kind: 'environment', variable: 'TSUPERVISE_WATCHDOG_MEMORY_LIMIT' }],
      [50, { kind: 'option', option: '--watchdog-memory-limit' }],
      [200, { kind: 'level', level: 'normal' }]
    ])
  })

  it('an option wins over what the file says of one extension', async () => {
    folder.write(
      'tsupervise.yaml',
      'extensions: {x: {command: [a], delay: 1s, limits: {cpu: 3%}, stop: {grace: 1s}, respawn: {maxDelay: 1m}}}'
    )
    const { x } = await nodesOf([
      '--watchdog-delay=2',
      '--watchdog-utilization-limit=150',
      '--watchdog-forced-shutdown-delay=3',
      '--watchdog-max-delay=4'
    ])
    expect(x).toMatchObject({ delayMs: 2000, limits: { cpu: { value: 100 } }, stop: { graceMs: 3000 }, respawn: { maxDelayMs: 4000 } })
  })

  it('commands: from the file, or replaced by those of the command line', async () => {
    folder.write('sub/c.yaml', 'worker: {name: w, command: [a], cwd: x}\nextensions: {e: {command: b, delay: 1s}}')
    const fromFile = await nodesOf(['-c', 'sub/c.yaml'])
    expect(fromFile['w']).toMatchObject({ argv: ['a'], cwd: join(folder.path, 'sub/x') })
    expect(fromFile['e']).toMatchObject({ argv: ['/bin/sh', '-c', 'b'], cwd: join(folder.path, 'sub'), kind: 'extension' })
    const replaced = await nodesOf(['-c', 'sub/c.yaml', '--extension=e=c d', '--extension=f=g', '--', 'h', 'i'])
    expect(replaced['w']).toMatchObject({ argv: ['h', 'i'], cwd: join(folder.path, 'sub/x') })
    expect(replaced['e']).toMatchObject({ argv: ['/bin/sh', '-c', 'c d'], cwd: folder.path, delayMs: 1000 })
    expect(Object.keys(replaced)).toEqual(['w', 'e', 'f'])
  })

  it('paths count from where they were written', async () => {
    folder.write('sub/c.yaml', 'stateDir: state\nlog: {file: x.log}\nworker: {command: [a], log: {file: w.log}}')
    const own = (await folder.load(['-c', 'sub/c.yaml'])).settings
    expect([own.stateDir, own.log.file, own.nodes[0]?.log.file]).toEqual(
      ['state', 'x.log', 'w.log'].map((name) => join(folder.path, 'sub', name))
    )
    const given = (await folder.load(['-c', 'sub/c.yaml', '--state-dir=state', '--log-file=x.log'])).settings
    expect([given.stateDir, given.log.file]).toEqual(['state', 'x.log'].map((name) => join(folder.path, name)))
    expect((await folder.load(['-c', 'sub/c.yaml', '--state-dir=none'])).settings.stateDir).toBeUndefined()
  })

  it('the environment of a child: the own one, the envFile, then env', async () => {
    folder.write('.env', 'A=file\nB=file\n')
    folder.write('tsupervise.yaml', 'worker: {command: [a], envFile: .env, env: {B: own, N: 010, E: ""}}')
    const { settings, effective } = await folder.load([], { A: 'outer', Z: 'outer' })
    expect(settings.nodes[0]?.env).toEqual({ HOME: join(folder.path, 'home'), A: 'file', B: 'own', N: '010', E: '', Z: 'outer' })
    expect([...effective].filter(([path]) => path.startsWith('worker.env.')).map(([path, { shown }]) => [path, shown])).toEqual(
      ['A', 'B', 'N', 'E'].map((name) => [`worker.env.${name}`, '(hidden)'])
    )
  })

  it('preferences of the session come from options and environment', async () => {
    expect((await folder.load()).preferences).toMatchObject({ ui: true, color: true, ascii: false, detach: false })
    expect((await folder.load(['--no-ui', '--ascii'], { TSUPERVISE_NO_COLOR: '1', TSUPERVISE_DETACH: 'yes' })).preferences).toMatchObject({
      ui: false,
      color: false,
      ascii: true,
      detach: true
    })
    expect((await folder.load(['--ui'], { TSUPERVISE_NO_UI: '1' })).preferences.ui).toBe(true)
    expect((await folder.load([], { TSUPERVISE_NO_UI: '' })).preferences.ui).toBe(true)
    expect((await folder.load([], { TSUPERVISE_WATCHDOG_LEVL: '1' })).warnings).toEqual([
      'the environment variable TSUPERVISE_WATCHDOG_LEVL is ignored; did you mean TSUPERVISE_WATCHDOG_LEVEL?'
    ])
  })
})

describe('ours and the reference', () => {
  const BOTH = ['--extension=x=b', '--', 'a']

  it('ours by default', async () => {
    const { settings } = await folder.load(BOTH)
    expect(settings).toMatchObject({
      compat: 'none',
      level: { value: 'normal', source: { kind: 'default' } },
      intervalMs: 3000,
      name: 'a',
      exitWithWorker: false,
      onHangup: 'continue',
      sampler: 'auto',
      dryRun: false,
      ownMemoryLimit: { value: 512 * MB }
    })
    expect(settings.redact).toEqual(SECRET_PATTERNS)
    const [worker, extension] = settings.nodes
    expect(worker).toMatchObject({
      name: 'worker',
      kind: 'worker',
      argv: ['a'],
      scope: 'tree',
      containment: 'auto',
      onSupervisorDeath: 'stop',
      watched: true,
      observe: false,
      restart: 'on-failure',
      successCodes: [0],
      delayMs: 60_000,
      enabled: true,
      stop: { warnSignal: 'auto', signal: 'SIGTERM', graceMs: 4000, commandedGraceMs: 10_000 },
      limits: { memory: { value: 200 * MB }, memoryLatency: { value: 0 }, cpu: { value: 10 }, latency: { value: 12_000 } },
      respawn: {
        limit: { value: 4 },
        windowMs: 600_000,
        minUptimeMs: 4000,
        delayMs: 5000,
        maxDelayMs: 600_000,
        jitter: 0.1,
        onExhausted: 'shutdown'
      },
      readiness: { kind: 'none' },
      health: undefined,
      log: { ringLines: 2000, file: undefined, maxFileBytes: 10 * MB, maxFiles: 5, echo: true }
    })
    expect(extension).toMatchObject({ kind: 'extension', restart: 'always', watched: true, stop: { warnSignal: 'none' } })
  })

  it('--compat osquery', async () => {
    const { settings } = await folder.load(['--compat=osquery', ...BOTH])
    const [worker, extension] = settings.nodes
    const both = {
      scope: 'process',
      restart: 'always',
      limits: { memoryLatency: { value: 0 } },
      respawn: { limit: { value: 4 }, minUptimeMs: 4000, jitter: 0, windowMs: FOR_EVER_MS, onExhausted: 'shutdown' },
      delayMs: 60_000
    }
    expect(worker).toMatchObject({ ...both, watched: true, stop: { warnSignal: 'SIGUSR1', graceMs: 4000 } })
    expect(extension).toMatchObject({ ...both, watched: false, stop: { warnSignal: 'none' } })
  })

  it('levels, and minUptime as RESPAWN_LIMIT seconds under compat', async () => {
    const at = async (level: string): Promise<NodeSettings | undefined> =>
      (await folder.load(['--compat=osquery', `--watchdog_level=${level}`, '--', 'a'])).settings.nodes[0]
    expect(await at('1')).toMatchObject({
      limits: { memory: { value: 100 * MB }, cpu: { value: 5 }, latency: { value: 6000 } },
      respawn: { limit: { value: 4 }, delayMs: 5000, minUptimeMs: 4000 }
    })
    expect(await at('-1')).toMatchObject({
      limits: { memory: { value: 10_000 * MB }, cpu: { value: 100 }, latency: { value: 1_000_000 } },
      respawn: { limit: { value: 1000 }, delayMs: 1000, minUptimeMs: 1_000_000 }
    })
  })

  it.each([
    [[], [true, true]],
    [['--disable-watchdog'], [false, false]],
    [['--enable-extensions-watchdog=false'], [true, false]],
    [['--compat=osquery'], [true, false]],
    [
      ['--compat=osquery', '--enable_extensions_watchdog'],
      [true, true]
    ],
    [
      ['--compat=osquery', '--enable_extensions_watchdog', '--disable_watchdog'],
      [false, false]
    ]
  ])('watched with %j', async (options, expected) => {
    expect((await folder.load([...options, ...BOTH])).settings.nodes.map((node) => node.watched)).toEqual(expected)
  })

  it('watched, from the file', async () => {
    folder.write('tsupervise.yaml', 'watchdog: {enabled: false}\nworker: {command: [a]}\nextensions: {x: {command: b}}')
    const watched = async (argv: string[]): Promise<unknown> => (await folder.load(argv)).settings.nodes.map((node) => node.watched)
    expect(await watched([])).toEqual([false, false])
    expect(await watched(['--disable-watchdog=false'])).toEqual([true, true])
    folder.write(
      'tsupervise.yaml',
      'watchdog: {watchExtensions: false}\nworker: {command: [a], watched: false}\nextensions: {x: {command: b}, y: {command: b, watched: true}}'
    )
    expect(await watched([])).toEqual([false, false, true])
  })
})

describe('the rest of a configuration', () => {
  it('arrives in the units of the settings', async () => {
    folder.write(
      'tsupervise.yaml',
      `
name: shop
worker:
  command: [node, server.js]
  user: 1000
  supplementaryGroups: [adm, 27]
  umask: "027"
  rlimits: {nofile: 1024, core: 0, nproc: {soft: 10, hard: 20}}
  stop: {signal: INT, grace: 500ms, commandedGrace: 1m, warnSignal: none}
  successCodes: [0, 143]
  ready: {tcp: "127.0.0.1:80", interval: 2s, timeout: 1m}
  health: {http: "http://127.0.0.1/health", status: 200, failures: 2}
extensions:
  line: {command: x, ready: {line: "listening on \\\\d+"}}
  told: {command: x, ready: {notify: true}, after: [line, worker]}
  asked: {command: x, ready: {exec: [test, -f, x]}}
hooks: [{on: [receipt-closed, before-limit-stop], command: [dump.sh], timeout: 2s}]
redact: [abc]
signals: {usr1: HUP, SIGWINCH: ignore}
ownMemoryLimit: 1GB
log: {format: json, debug: true}
`
    )
    const { settings } = await folder.load()
    expect(settings.nodes[0]).toMatchObject({
      credentials: { user: '1000', group: undefined, supplementaryGroups: ['adm', '27'] },
      umask: 0o27,
      rlimits: { nofile: { soft: 1024, hard: 1024 }, core: { soft: 0, hard: 0 }, nproc: { soft: 10, hard: 20 } },
      stop: { signal: 'SIGINT', graceMs: 500, commandedGraceMs: 60_000, warnSignal: 'none' },
      successCodes: [0, 143],
      readiness: { kind: 'probe', probe: { kind: 'tcp', host: '127.0.0.1', port: 80 }, intervalMs: 2000, timeoutMs: 60_000 },
      health: {
        probe: { kind: 'http', url: 'http://127.0.0.1/health', expectStatus: [200, 200] },
        intervalMs: 10_000,
        timeoutMs: 2000,
        failures: 2,
        startPeriodMs: 5000
      }
    })
    expect(settings.nodes.slice(1).map((node) => node.readiness)).toEqual([
      { kind: 'line', pattern: 'listening on \\d+', timeoutMs: 30_000 },
      { kind: 'notify', timeoutMs: 30_000 },
      { kind: 'probe', probe: { kind: 'exec', argv: ['test', '-f', 'x'] }, intervalMs: 1000, timeoutMs: 30_000 }
    ])
    expect(settings).toMatchObject({
      name: 'shop',
      hooks: [{ on: ['receipt-closed', 'before-limit-stop'], argv: ['dump.sh'], timeoutMs: 2000 }],
      signals: { SIGUSR1: 'SIGHUP', SIGWINCH: 'ignore' },
      ownMemoryLimit: { value: 1024 * MB, source: { kind: 'file', line: 20, column: 17 } },
      log: { format: 'json', debug: true }
    })
    expect(settings.redact).toEqual([...SECRET_PATTERNS, 'abc'])
  })
})
