import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAutoload } from '../../src/config/autoload.ts'
import { findCircles } from '../../src/config/cross-check.ts'
import { parseFlagfile } from '../../src/config/flagfile.ts'
import type { Problem } from '../../src/config/problem.ts'
import { ConfigFolder } from './folder.ts'

const MB = 2 ** 20
let folder: ConfigFolder
beforeEach(() => {
  folder = new ConfigFolder()
})
afterEach(() => folder.remove())

describe("osquery's flagfile", () => {
  const REAL = `# osquery flags
--config_plugin=filesystem
--watchdog_level=0
--watchdog_memory_limit=350
--watchdog_utilization_limit=130
--watchdog_latency_limit=9
--watchdog_delay=90
--watchdog_max_delay=300
--watchdog_forced_shutdown_delay=6

--enable_extensions_watchdog
--disable_watchdog=false
--enable_watchdog_debug=true
--extensions_socket=/run/osquery.em
--extensions_timeout=7
--extensions_interval=5
--tls_hostname=example.com
not a flag
`

  it('is taken as it is, with everything about the watchdog and the extensions', async () => {
    folder.write('osquery.flags', `${REAL}--extensions_autoload=${join(folder.path, 'extensions.load')}\n`)
    folder.write('extensions.load', '# ours\r\n/usr/lib/osquery/my.ext\r\n\r\nlocal.ext\nother/local.ext\n')
    const { settings, warnings, provenance } = await folder.load(['--compat=osquery', '--flagfile', 'osquery.flags', '--', 'osqueryd'])
    expect(settings.log.debug).toBe(true)
    expect(settings.nodes.map(({ name, argv }) => [name, ...argv])).toEqual([
      ['worker', 'osqueryd'],
      ...[
        ['my.ext', '/usr/lib/osquery/my.ext'],
        ['local.ext', join(folder.path, 'local.ext')],
        ['local.ext-2', join(folder.path, 'other/local.ext')]
      ].map((named) => [...named, '--socket', '/run/osquery.em', '--timeout', '7', '--interval', '5', '--verbose'])
    ])
    expect(settings.nodes[1]).toMatchObject({
      watched: true,
      delayMs: 90_000,
      limits: { memory: { value: 350 * MB }, cpu: { value: 100 }, latency: { value: 9000 } },
      respawn: { maxDelayMs: 300_000 },
      stop: { graceMs: 6000 }
    })
    expect(provenance.get('extensions.local.ext.command')).toEqual({
      kind: 'file',
      file: join(folder.path, 'extensions.load'),
      line: 4,
      column: 1
    })
    expect(provenance.get('worker.delay')).toEqual({ kind: 'flagfile', file: 'osquery.flags', line: 7, flag: '--watchdog_delay' })
    expect(warnings).toEqual([
      'osquery.flags:18: ignored, since it is no --flag=value',
      'osquery.flags: 2 flags are not about the watchdog or extensions and are ignored (config_plugin, tls_hostname)'
    ])
  })

  it('names file and line of values that are none', async () => {
    folder.write('osquery.flags', '--watchdog_level=9\n--watchdog_memory_limit\n--disable_watchdog=maybe\n--watchdog_dleay=3\n')
    const { message } = await folder.refusal(['--flagfile', 'osquery.flags', '--', 'x'])
    expect(message.split('\n')).toEqual([
      'osquery.flags:1: --watchdog_level: found "9", expected one of normal (0), restrictive (1), disabled (-1)',
      'osquery.flags:2: --watchdog_memory_limit: found empty text, expected a size such as 200MB, 1.5GiB or 64KB (a bare number is MB)',
      'osquery.flags:3: --disable_watchdog: found "maybe", expected true or false'
    ])
    expect(parseFlagfile('--watchdog_dleay=3', 'f').warnings).toContain(
      'f: the flag --watchdog_dleay is ignored; did you mean --watchdog_delay?'
    )
  })

  it('knows --noflag, and the later line counts', async () => {
    folder.write('f', '--disable_watchdog\n--nodisable_watchdog\n--watchdog_delay=1\n--watchdog-delay = 2\n')
    const { settings } = await folder.load(['--flagfile=f', '--', 'x'])
    expect(settings.nodes[0]).toMatchObject({ watched: true, delayMs: 2000 })
  })

  it('survives any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (source) => void parseFlagfile(source, 'f')))
    const { warnings } = parseFlagfile('--unknown_flag=1\n'.repeat(50_000), 'f')
    expect(warnings.length).toBeLessThan(20)
  })

  it('must be there', async () => {
    expect((await folder.refusal(['--flagfile=gone'])).message).toBe(`${folder.path}/gone: there is no such file, expected a flagfile`)
    expect((await folder.refusal(['--extensions-autoload=gone'])).message).toBe(
      `--extensions-autoload: ${folder.path}/gone: there is no such file, expected a list of extensions`
    )
  })
})

it('autoloaded extensions get names that are allowed and differ', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 80 })), (paths) => {
      const problems: Problem[] = []
      const names = parseAutoload(paths.join('\n'), '/etc/x.load', new Set(['worker']), problems).map(({ name }) => name)
      expect(new Set(['worker', ...names]).size).toBe(names.length + 1)
      for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._-]{1,64}$/)
    })
  )
})

it('circles are found exactly where nodes can never start', () => {
  const graph = fc
    .integer({ min: 1, max: 6 })
    .chain((size) =>
      fc.array(fc.array(fc.integer({ min: 0, max: size - 1 }).map(String), { maxLength: 3 }), { minLength: size, maxLength: size })
    )
  fc.assert(
    fc.property(graph, (edges) => {
      const nodes = edges.map((after, index) => ({ name: String(index), after }))
      const circles = findCircles(nodes)
      for (const circle of circles) {
        circle.forEach((name, index) => {
          expect(nodes.find((node) => node.name === name)?.after).toContain(circle[(index + 1) % circle.length])
        })
      }
      const started = new Set<string>()
      for (let round = 0; round <= nodes.length; round++) {
        for (const { name, after } of nodes) if (after.every((wanted) => wanted === name || started.has(wanted))) started.add(name)
      }
      expect(circles.length > 0).toBe(started.size < nodes.length)
    })
  )
})
