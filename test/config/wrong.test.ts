import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConfigFolder } from './folder.ts'

let folder: ConfigFolder
beforeAll(() => {
  folder = new ConfigFolder()
})
afterAll(() => folder.remove())

const DURATION = 'a duration such as 500ms, 3s, 10m or 2h (a bare number is seconds), at most 24d'
const SIZE = 'a size such as 200MB, 1.5GiB or 64KB (a bare number is MB)'
const NAME = 'a name of 1 to 64 letters, digits, dots, underscores or hyphens'
const W = 'worker: {command: [a]}\n'

/** A wrong configuration, and exactly what is said about it. */
const WRONG: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a typo',
    'worker:\n  command: [a]\n  limits:\n    memmory: 1\n',
    ["4:5: unknown key 'memmory' in worker.limits; did you mean 'memory'?"]
  ],
  [
    'a word like no other',
    'zzzzzzzz: 1\nworker: {command: a, stop: {qqqqqq: 1}}',
    [
      "1:1: unknown key 'zzzzzzzz' in the top level; known: $schema, name, compat, watchdog, worker, extensions, orphans, checks, control, metrics, processes, hooks, redact, log, ui, stateDir, onHangup, onSupervisorDeath, exitWithWorker, signals, ownMemoryLimit, sampler, dryRun",
      "2:29: unknown key 'qqqqqq' in worker.stop; known: signal, grace, commandedGrace, warnSignal"
    ]
  ],
  ['a size', 'watchdog: {memoryLimit: 3 apples}', [`1:25: watchdog.memoryLimit: found "3 apples", expected ${SIZE}`]],
  ['a duration', 'watchdog: {delay: soon}', [`1:19: watchdog.delay: found "soon", expected ${DURATION}`]],
  [
    'a percentage',
    'watchdog: {utilizationLimit: 250%}',
    ['1:30: watchdog.utilizationLimit: found "250%", expected a percentage of all CPUs together from 0 to 100, such as 10%']
  ],
  [
    'an unknown level',
    'watchdog: {level: strict}',
    ['1:19: watchdog.level: found "strict", expected one of normal (0), restrictive (1), disabled (-1)']
  ],
  ['a list for a map', 'worker: [a]', ['1:9: worker: found a list, expected a map such as {command: [node, server.js]}']],
  [
    'text for everything',
    'hello',
    ['1:1: the top level: found "hello", expected a map of settings, such as worker: {command: [node, server.js]}']
  ],
  ['a key without value', 'name:\nworker: {command: [a]}', [`1:6: name: found nothing, expected ${NAME}`]],
  ['a bad name', 'name: "a b"', [`1:7: name: found "a b", expected ${NAME}`]],
  ['a bad name of an extension', 'extensions:\n  a/b: {command: x}', [`2:3: extensions: found the key 'a/b', expected ${NAME}`]],
  [
    'an empty command',
    'worker: {command: []}',
    ['1:19: worker.command: found an empty list, expected a command: a list such as [node, server.js], or a shell string']
  ],
  ['no command', 'worker: {cwd: .}', ["1:9: the worker has no command; add 'command', or give one after --"]],
  ['an extension without command', 'extensions: {a: {enabled: false}}', ["1:17: the extension 'a' has no command; expected 'command'"]],
  [
    'an unknown signal',
    'worker: {command: [a], stop: {signal: SIGFOO}}',
    ['1:39: worker.stop.signal: found "SIGFOO", expected a signal that can end a process, such as SIGTERM']
  ],
  [
    'a signal with a fixed meaning',
    `${W}signals: {SIGTERM: SIGHUP}`,
    [
      "2:11: signals: found the key 'SIGTERM', expected a signal that can be remapped, such as SIGUSR1 (not SIGTERM, SIGINT, SIGQUIT, SIGKILL, SIGSTOP, SIGCHLD or those of a crash)"
    ]
  ],
  [
    'an unknown resource',
    'worker: {command: [a], rlimits: {files: 3}}',
    [
      "1:34: worker.rlimits: found the key 'files', expected one of as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack"
    ]
  ],
  [
    'a soft limit above the hard one',
    'worker: {command: [a], rlimits: {nofile: {soft: 3, hard: 2}}}',
    [
      '1:42: worker.rlimits.nofile: found a map, expected a number, a size such as 64MB, unlimited, or {soft: ..., hard: ...} with soft not above hard'
    ]
  ],
  [
    'a umask that lost its base',
    'worker: {command: [a], umask: 027}',
    ['1:31: worker.umask: found 27, expected an octal mask in quotes, such as "027"']
  ],
  [
    'a bad regular expression',
    'worker: {command: [a], ready: {line: "("}}',
    ['1:38: worker.ready.line: found "(", expected a regular expression of at most 1000 characters']
  ],
  [
    'two ways to be ready',
    'worker:\n  command: [a]\n  ready: {line: x, tcp: "127.0.0.1:80"}',
    ['3:10: worker.ready: found a map, expected exactly one of line, notify, exec, tcp, http']
  ],
  [
    'no way to be healthy',
    'worker: {command: [a], health: {interval: 1s}}',
    ['1:32: worker.health: found a map, expected exactly one of exec, tcp, http']
  ],
  [
    'a bad address',
    'worker: {command: [a], health: {http: ftp://x}}',
    ['1:39: worker.health.http: found "ftp://x", expected an http:// or https:// address']
  ],
  [
    'a secret in an address',
    'worker: {command: [a], health: {http: ftp://me:hunter2@x}}',
    ['1:39: worker.health.http: found "ftp://me:[redacted]@x", expected an http:// or https:// address']
  ],
  [
    'a wrong value of a variable, which is not shown',
    'worker: {command: [a], env: {SECRET: [hunter2], B: {c: hunter2}}}',
    [
      '1:38: worker.env.SECRET: found a list, expected text without NUL; write "" for an empty value',
      '1:52: worker.env.B: found a map, expected text without NUL; write "" for an empty value'
    ]
  ],
  [
    'a wrong name of a variable',
    'worker: {command: [a], env: {"A B": x}}',
    [
      "1:30: worker.env: found the key 'A B', expected the name of an environment variable: letters, digits and underscores, not a digit first"
    ]
  ],
  [
    'a hook on nothing',
    `${W}hooks: [{on: [node-died], command: x}, {on: [], command: x}, {on: [node-ready]}]`,
    [
      '2:15: hooks.0.on.0: found "node-died", expected one of before-limit-stop, supervisor-started, facility-changed, shutdown-started, supervisor-ended, self-unhealthy, problem, interface-lost, control-opened, control-unavailable, reloaded, node-added, node-changed, node-removed, node-waiting, node-starting, node-started, node-start-failed, node-ready, node-exited, node-stopping, node-stuck, node-backing-off, node-stopped, node-failed, budget-changed, health-changed, limit-exceeded, limit-recovered, limit-changed, observe-changed, receipt-opened, receipt-closed, signalled, reaped, orphan-socket-opened, orphan-registered, orphan-refused, orphan-message, orphan-client-closed, orphan-released, orphan-acting, orphan-acted, check-added, check-removed, check-changed, check-acted, output-dropped',
      '2:45: hooks.1.on: found an empty list, expected a list of events',
      '2:62: hooks.2.command: found nothing, expected a command: a list such as [node, server.js], or a shell string'
    ]
  ],
  ['the same key twice', 'name: a\nname: b', ["2:1: the key 'name' stands twice in the top level"]],
  ['the same extension twice', 'extensions:\n  a: {command: x}\n  a: {command: y}', ["3:3: the key 'a' stands twice in extensions"]],
  ['an odd key', '? [a]\n: 1\n__proto__: {}', ['1:3: expected a plain word as key', '3:1: expected a plain word as key']],
  ['an alias to nothing', 'worker: *w', ["1:9: unknown alias '*w'"]],
  ['a merge of no map', 'worker: {<<: 3, command: [a]}', ["1:10: '<<' takes a map, or a list of maps"]],
  ['two documents', 'name: a\n---\nname: b', ['2:1: a second document starts here; expected one document']],
  [
    'broken YAML',
    'worker: {command: [a\n',
    [
      '2:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      '2:1: not valid YAML: Flow map in block collection must be sufficiently indented and end with a }'
    ]
  ],
  ['a tag', 'name: !secret x', ['1:7: not valid YAML: Unresolved tag: !secret']],
  [
    'an order that cannot be',
    'worker: {command: [a], after: [nobody, worker]}\nextensions:\n  web: {command: x, after: [dbb]}\n  db: {command: x}',
    [
      "1:31: worker.after: there is no node 'nobody'; known: web, db",
      "1:31: 'worker' cannot start after itself",
      "3:28: extensions.web.after: there is no node 'dbb'; did you mean 'db'?"
    ]
  ],
  [
    'a circle',
    'extensions:\n  a: {command: x, after: [b]}\n  b: {command: x, after: [c]}\n  c: {command: x, after: [a]}\n  d: {command: x, after: [a]}',
    ['2:26: these nodes wait for each other: a -> b -> c -> a']
  ],
  [
    'the name of the worker again',
    'worker: {name: x, command: [a]}\nextensions: {x: {command: b}}',
    ["2:27: the extension 'x' has the name of the worker; names must differ"]
  ],
  ['an exit code of nobody', 'exitWithWorker: true', ['1:17: exitWithWorker needs a worker, but there is none']],
  [
    'an envFile that is not there',
    `worker: {command: [a], envFile: gone.env}`,
    ['1:33: FOLDER/gone.env: there is no such file, expected an envFile']
  ]
]

it.each(WRONG)('%s', async (_, source, expected) => {
  folder.write('wrong.yaml', source)
  const error = await folder.refusal(['-c', 'wrong.yaml'])
  expect(error.message.replaceAll(folder.path, 'FOLDER').split('\n')).toEqual(expected.map((line) => `wrong.yaml:${line}`))
  expect(error.exitCode).toBe(2)
})

it('tells at most 20 at once, by position', async () => {
  folder.write('many.yaml', Array.from({ length: 30 }, (_, index) => `zzzzzzzz${index}: 1`).join('\n'))
  const lines = (await folder.refusal(['-c', 'many.yaml'])).message.split('\n')
  expect(lines).toHaveLength(21)
  expect(lines.slice(0, 20).map((line) => line.split(':')[1])).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)))
  expect(lines.at(-1)).toBe('... and 10 more')
})

it('names lines of an envFile, never its values', async () => {
  folder.write('.env', 'A=1\nhunter2\nB="hunter2\n', 0o600)
  folder.write('env.yaml', 'worker: {command: [a], envFile: .env}')
  const { message } = await folder.refusal(['-c', 'env.yaml'])
  expect(message.replaceAll(folder.path, 'FOLDER').split('\n')).toEqual([
    'FOLDER/.env:2:1: expected NAME=VALUE, a # comment or an empty line',
    'FOLDER/.env:3:3: B: expected a closing quote at the end of the value'
  ])
})

it('names options and environment variables', async () => {
  const { message } = await folder.refusal(['--watchdog_memory_limit', 'lots', '--name', 'a b', '--', 'x'], {
    TSUPERVISE_WATCHDOG_LEVEL: 'strict',
    TSUPERVISE_NO_UI: 'perhaps'
  })
  expect(message.split('\n')).toEqual([
    `--name: found "a b", expected ${NAME}`,
    `--watchdog-memory-limit: found "lots", expected ${SIZE}`,
    'TSUPERVISE_NO_UI: found "perhaps", expected true or false',
    'TSUPERVISE_WATCHDOG_LEVEL: found "strict", expected one of normal (0), restrictive (1), disabled (-1)'
  ])
})

it('warns of nodes that wait for one that is not started by itself, by line and column', async () => {
  const node = (more: string) => `{command: x${more}}`
  folder.write(
    'disabled.yaml',
    `worker: ${node(', after: [db]')}\nextensions:\n  db: ${node(', enabled: false')}\n  web: ${node(', after: [cache]')}\n` +
      `  cache: ${node('')}\n  off: ${node(', enabled: false, after: [db]')}\n`
  )
  expect((await folder.load(['-c', 'disabled.yaml'])).warnings).toEqual([
    "disabled.yaml:1:29: 'worker' waits until 'db' is started by hand, which is disabled"
  ])
})
