import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ParsedArguments, parseArguments } from '../../src/config/arguments.ts'
import { jsonSchema } from '../../src/config/json-schema.ts'
import { OPTION_NAMES, optionFlag, optionVariable, specOf } from '../../src/config/options.ts'
import { UserError } from '../../src/core/errors.ts'

const run = (given: object, command: readonly string[] = []): ParsedArguments => ({ kind: 'run', given, command }) as ParsedArguments

async function refusal(argv: readonly string[]): Promise<string> {
  try {
    await parseArguments(argv)
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

describe('spelling', () => {
  it.each<[string[], ParsedArguments]>([
    [[], run({})],
    [['--'], run({})],
    [['--', 'node', '--help', '--', '-x'], run({}, ['node', '--help', '--', '-x'])],
    [['-c', 'f', '--no-ui', '--', 'x'], run({ config: 'f', ui: false }, ['x'])],
    [['-cf'], run({ config: 'f' })],
    [['-c=f'], run({ config: 'f' })],
    [['--ui'], run({ ui: true })],
    [['--no-ui=false'], run({ ui: true })],
    [['--watchdog-level', '-1'], run({ 'watchdog-level': '-1' })],
    [['--watchdog_level=-1'], run({ 'watchdog-level': '-1' })],
    [['--watchdog_memory-limit=300MB'], run({ 'watchdog-memory-limit': '300MB' })],
    [['--disable_watchdog'], run({ 'disable-watchdog': true })],
    [['--disable-watchdog=false'], run({ 'disable-watchdog': false })],
    [['--no-disable-watchdog'], run({ 'disable-watchdog': false })],
    [['--enable_extensions_watchdog=yes'], run({ 'enable-extensions-watchdog': true })],
    [['--extension', 'a=b c', '--extension=d="e" f'], run({ extension: ['a=b c', 'd="e" f'] })],
    [
      ['config', 'print', '--json', '--name=x'],
      { kind: 'config', action: 'print', json: true, given: { json: true, name: 'x' }, command: [] }
    ],
    [['--name', 'x', 'config', 'check', '--', 'y'], { kind: 'config', action: 'check', json: false, given: { name: 'x' }, command: ['y'] }],
    [['-V'], { kind: 'version' }],
    [['--version', '--name', 'x'], { kind: 'version' }]
  ])('%j', async (argv, expected) => expect(await parseArguments(argv)).toEqual(expected))

  it('every value arrives as it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }), async (one, two) => {
        const parsed = await parseArguments([`--name=${one}`, `--redact=${two}`, `--redact=${one}`, '--', one, two])
        expect(parsed).toEqual(run({ name: one, redact: [two, one] }, [one, two]))
      }),
      { numRuns: 200 }
    )
  })

  it('anything else is a UserError', async () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '--',
        '-',
        '-c',
        '--no-',
        '--__proto__=1',
        '--constructor',
        '--name',
        '--no-name',
        '-cV',
        '--name.x=1',
        'config',
        '-1'
      )
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (argv) => {
        const outcome = await parseArguments(argv).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(UserError)
      })
    )
  })
})

describe('mistakes', () => {
  it.each([
    [['--watchdog-memry-limit=3'], '--watchdog-memry-limit: unknown option; did you mean --watchdog-memory-limit?'],
    [['--noui'], '--noui: unknown option; did you mean --no-ui?'],
    [['--frobnicate'], '--frobnicate: unknown option; see --help'],
    [['-x'], '-x: unknown option; see --help'],
    [['--no-name'], '--no-name: unknown option; see --help'],
    [['--__proto__=1'], '--__proto__: unknown option; see --help'],
    [['--name'], '--name: found nothing, expected --name=NAME'],
    [['--name='], '--name: found nothing, expected --name=NAME'],
    [['--name', '--no-ui'], '--name: found nothing, expected --name=NAME'],
    [['--name', '--', 'x'], '--name: found nothing, expected --name=NAME'],
    [['--name=a', '--name=b'], '--name: given more than once'],
    [['--dry-run=maybe'], '--dry-run: found "maybe", expected true or false'],
    [['node', 'server.js'], 'node: unexpected argument; to run a command, put -- before it: tsupervise -- node server.js'],
    [['--enable_watchdog_debug', 'false'], 'false: unexpected argument; to run a command, put -- before it: tsupervise -- false'],
    [['config'], 'config: found nothing, expected check, print or schema'],
    [['config', 'prnt'], "config: found 'prnt', expected check, print or schema; did you mean 'print'?"],
    [['config', 'check', 'x'], 'x: unexpected argument'],
    [['config', 'check', '--json'], '--json: belongs to `tsupervise config print`'],
    [['--foo', '--name'], '--foo: unknown option; see --help\n--name: found nothing, expected --name=NAME']
  ])('%j', async (argv, expected) => expect(await refusal(argv)).toBe(expected))
})

describe('help', () => {
  it('fits 80 columns, and names every option once', async () => {
    const page = await parseArguments(['--bogus', '-h'])
    if (page.kind !== 'help') throw new Error('no help')
    for (const line of page.text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    for (const name of OPTION_NAMES.filter((option) => option !== 'json')) {
      expect(page.text.match(new RegExp(`^  (?:-\\w, )?${optionFlag(name)}(?: |$)`, 'gm')), name).toHaveLength(1)
    }
    expect(page.text).toMatch(/Examples\n/)
    expect(page.text).toMatch(/Exit codes\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}78 /)
  })

  it('of config is a page of its own', async () => {
    const page = await parseArguments(['config', '--help'])
    expect(page.kind === 'help' && page.text).toMatch(/config print .*every effective value/)
  })

  it('loads neither YAML, nor the schema library, nor meow; a run does', () => {
    const program = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); loaded.push(found.url); return found } })
      const { parseArguments } = await import('./src/config/arguments.ts')
      await parseArguments([process.argv[1]])
      const heavy = ['yaml', 'zod', 'meow', 'react', 'ink'].filter(name => loaded.some(url => url.includes('/node_modules/' + name + '/')))
      console.log(heavy.join())`
    const loads = (option: string): string =>
      spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', program, '--', option], { encoding: 'utf8' }).stdout.trim()
    expect(loads('--help')).toBe('')
    expect(loads('--version')).toBe('')
    expect(loads('--no-ui')).toBe('meow')
  })
})

describe('the table of options', () => {
  it('names a setting of the configuration file for each that has one', () => {
    const has = (schema: unknown, path: readonly string[]): boolean => {
      const [first, ...rest] = path
      if (first === undefined) return true
      const { properties } = schema as { properties?: Record<string, unknown> }
      return properties?.[first] !== undefined && has(properties[first], rest)
    }
    const missing = OPTION_NAMES.filter((name) => {
      const { setting } = specOf(name)
      return setting !== undefined && !has(jsonSchema(), setting.split('.'))
    })
    expect(missing).toEqual([])
    expect(has(jsonSchema(), ['watchdog', 'nothing'])).toBe(false)
  })

  it('gives every option but help, version and json a variable of its own', () => {
    const variables = OPTION_NAMES.map(optionVariable).filter((variable) => variable !== undefined)
    expect(new Set(variables).size).toBe(OPTION_NAMES.length - 3)
    expect([optionVariable('ui'), optionVariable('watchdog-level')]).toEqual(['TSUPERVISE_NO_UI', 'TSUPERVISE_WATCHDOG_LEVEL'])
  })
})
