import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseArguments } from '../../src/config/arguments.ts'
import { type ConfigAnswer, runConfigCommand } from '../../src/config/config-command.ts'
import { jsonSchemaText } from '../../src/config/json-schema.ts'
import { ConfigFolder } from './folder.ts'

let folder: ConfigFolder
beforeEach(() => {
  folder = new ConfigFolder()
})
afterEach(() => folder.remove())

async function config(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ConfigAnswer> {
  const parsed = await parseArguments(['config', ...argv])
  if (parsed.kind !== 'config') throw new Error(`a ${parsed.kind}`)
  return runConfigCommand(parsed, folder.surroundings(env))
}

const SECRETS = `
name: shop
redact: [cust-\\d+]
worker:
  command: [psql, "postgres://me:hunter2@db/x", cust-123, --password, hunter2]
  env: {API_TOKEN: hunter2, 日本: x}
`.replace(', 日本: x', '')

describe('config print', () => {
  it('shows every effective value and its source, aligned', async () => {
    folder.write('c.yaml', SECRETS)
    folder.write('flags', '--watchdog_delay=7')
    const { output } = await config(['print', '-c', 'c.yaml', '--flagfile=flags', '--watchdog-memory-limit=1GB'], {
      TSUPERVISE_WATCHDOG_LEVEL: '1'
    })
    const row = (path: string): string[] => (output.split('\n').find((line) => line.startsWith(`${path} `)) ?? '').split(/ {2,}/)
    expect(row('name')).toEqual(['name', 'shop', 'c.yaml:2:7'])
    expect(row('watchdog.level')).toEqual(['watchdog.level', 'restrictive', 'variable TSUPERVISE_WATCHDOG_LEVEL'])
    expect(row('worker.delay')).toEqual(['worker.delay', '7s', 'flags:1 --watchdog_delay'])
    expect(row('worker.limits.memory')).toEqual(['worker.limits.memory', '1GB', 'option --watchdog-memory-limit'])
    expect(row('worker.limits.cpu')).toEqual(['worker.limits.cpu', '5%', 'level restrictive'])
    expect(row('worker.respawn.window')).toEqual(['worker.respawn.window', '10m', 'default'])
    const columns = output.split('\n').map((line) => line.search(/(?<=^\S+ +)\S/))
    expect(new Set(columns).size).toBe(1)
  })

  it('never shows a secret or the value of a variable', async () => {
    folder.write('c.yaml', SECRETS)
    for (const options of [[], ['--json']]) {
      const { output } = await config(['print', '-c', 'c.yaml', ...options], { OUTER: 'hunter2' })
      expect(output).not.toMatch(/hunter2|cust-123/)
      expect(output).toContain('worker.env.API_TOKEN')
      expect(output).toContain('psql postgres://me:[redacted]@db/x [redacted] --password [redacted]')
    }
  })

  it('is JSON with --json', async () => {
    const { output } = await config(['print', '--json', '--', 'x'])
    const rows = JSON.parse(output) as { path: string }[]
    expect(rows.find(({ path }) => path === 'worker.command')).toEqual({
      path: 'worker.command',
      value: 'x',
      source: { kind: 'option', option: '--' }
    })
    expect(rows.length).toBeGreaterThan(40)
  })

  it('shows one value for each place that the schema names, but for those that are not there', async () => {
    folder.write('c.yaml', 'worker: {command: [a]}')
    const { output } = await config(['print', '--json', '-c', 'c.yaml'])
    const shown = (JSON.parse(output) as { path: string }[]).map(({ path }) => path)
    const { properties } = JSON.parse(jsonSchemaText()) as {
      properties: { worker: { properties: Record<string, { properties?: object }> } }
    }
    const wanted = Object.entries(properties.worker.properties).flatMap(([key, field]) =>
      field.properties === undefined || key === 'ready' || key === 'health'
        ? [`worker.${key}`]
        : Object.keys(field.properties).map((name) => `worker.${key}.${name}`)
    )
    expect(wanted.filter((path) => !shown.includes(path))).toEqual(['worker.env', 'worker.envFile', 'worker.rlimits'])
  })
})

describe('config check', () => {
  it('says what would run', async () => {
    folder.write('c.yaml', 'worker: {name: api, command: [a]}\nextensions: {x: {command: b}, y: {command: c}}')
    expect(await config(['check', '-c', 'c.yaml'])).toEqual({ output: 'c.yaml is valid: worker api, 2 extensions (x, y).', warnings: [] })
    expect((await config(['check'])).output).toBe('no configuration file, which is valid: no worker, 0 extensions.')
  })

  it('fails with everything that is wrong', async () => {
    folder.write('c.yaml', 'worker: {}\nnmae: x')
    await expect(config(['check', '-c', 'c.yaml'])).rejects.toThrow("c.yaml:2:1: unknown key 'nmae' in the top level; did you mean 'name'?")
  })
})

describe('config schema', () => {
  it('is what is kept in the tree', async () => {
    const kept = readFileSync(new URL('../../schema/tsupervise.schema.json', import.meta.url), 'utf8')
    expect(`${(await config(['schema'])).output}\n`).toBe(kept)
  })

  it('says of every leaf what it is for, and whether a change restarts the node', () => {
    const lacking: string[] = []
    const visit = (schema: Record<string, unknown>, path: string): void => {
      const { properties, additionalProperties, items } = schema
      if (properties === undefined && typeof additionalProperties !== 'object' && typeof items !== 'object') {
        if (typeof schema['description'] !== 'string' || !['spawn-time', 'live'].includes(String(schema['x-change']))) lacking.push(path)
      }
      for (const [key, below] of Object.entries((properties ?? {}) as Record<string, Record<string, unknown>>))
        visit(below, `${path}.${key}`)
      if (typeof additionalProperties === 'object' && additionalProperties !== null)
        visit(additionalProperties as Record<string, unknown>, `${path}.*`)
    }
    visit(JSON.parse(jsonSchemaText()) as Record<string, unknown>, '')
    expect(lacking).toEqual([])
  })
})

describe('examples', () => {
  const examples = new URL('../../examples/', import.meta.url).pathname
  it.each(readdirSync(examples).filter((name) => name.endsWith('.yaml')))('%s is valid', async (name) => {
    expect((await config(['check', '-c', join(examples, name)])).output).toMatch(/ is valid: worker /)
  })
})
