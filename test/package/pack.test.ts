import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createContext, Script } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../helpers/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsupervise-package-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** npm without the settings that the surrounding `npm test` hands down. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
const npm = (args: readonly string[], cwd: string) => spawnSync('npm', args, { cwd, env: environment, encoding: 'utf8' })

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

let packed: Packed

beforeAll(() => {
  // the tests run on the build that is there; prepack would make another one under them
  const answer = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT)
  expect(answer.status, answer.stderr).toBe(0)
  const [first] = JSON.parse(answer.stdout) as Packed[]
  if (first === undefined) throw new Error('npm pack told of no package')
  packed = first
})

describe('the packed package', () => {
  test('holds only what runs and what a person reads, and is small', () => {
    const tops = new Set(packed.files.map(({ path }) => path.split('/')[0]))
    const wanted = ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'examples', 'native', 'package.json', 'schema']
    expect([...tops].sort()).toEqual(wanted)
    expect(packed.files.filter(({ path }) => /(?<!\.d)\.(ts|tsx|map)$/.test(path))).toEqual([])
    expect(packed.size).toBeLessThan(800 * 1024)
  })

  test('asks for nothing to be installed but the native calls, which it can do without', () => {
    const description = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, object | undefined>
    expect(description['dependencies'] ?? {}).toEqual({})
    expect(Object.keys(description['optionalDependencies'] ?? {})).toEqual(['koffi'])
  })
})

/** Installs the tarball in an empty folder; a registry that cannot be reached is a reason to skip, anything else is not. */
function install(name: string, options: readonly string[]): { readonly cwd: string; readonly unreachable: string | undefined } {
  const cwd = join(folder, name)
  execFileSync('mkdir', ['-p', cwd])
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }')
  const answer = npm(['install', '--prefer-offline', '--no-audit', '--no-fund', ...options, join(folder, packed.filename)], cwd)
  const noRegistry = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|network/.test(answer.stderr)
  if (answer.status !== 0 && noRegistry) return { cwd, unreachable: answer.stderr.slice(0, 300) }
  expect(answer.status, answer.stderr).toBe(0)
  return { cwd, unreachable: undefined }
}

/** As a user's shell would run it: by the name of the command, with the tests' Node first. */
function runInstalled(cwd: string, args: readonly string[]) {
  const path = [join(cwd, 'node_modules/.bin'), join(process.execPath, '..'), process.env['PATH']].join(delimiter)
  const env = { ...environment, PATH: path, TSUPERVISE_STATE_DIR: join(folder, 'state') }
  return spawnSync('tsupervise', args, { cwd, env, encoding: 'utf8', timeout: 20_000 })
}

/** Runs a worker that ends with 0 by itself, headless, and gives the log. */
function superviseBriefly(cwd: string): Record<string, unknown>[] {
  const run = runInstalled(cwd, ['--name', 'installed', '--', 'sh', '-c', 'echo from the worker; exit 0'])
  expect(run.status, run.stderr).toBe(0)
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('the installed package', () => {
  test('runs without anything else beside it, the native calls left out', ({ skip }) => {
    const { cwd, unreachable } = install('bare', ['--omit=optional'])
    if (unreachable !== undefined) skip(`npm needs its registry for this: ${unreachable}`)
    expect(existsSync(join(cwd, 'node_modules/koffi'))).toBe(false)
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect(runInstalled(cwd, ['--version']).stdout).toBe(`tsupervise ${version}\n`)
    const log = superviseBriefly(cwd)
    expect(log.find(({ event }) => event === 'output')?.['message']).toBe('from the worker')
    expect(log.at(-1)?.['event']).toBe('supervisor-ended')
    expect(String(log[0]?.['missing'])).toContain('native')
    expect(statSync(join(cwd, 'node_modules/tsupervise/examples/demo.yaml')).isFile()).toBe(true)
  })

  test('runs with the native calls from the registry', ({ skip }) => {
    const { cwd, unreachable } = install('native', [])
    if (unreachable !== undefined || !existsSync(join(cwd, 'node_modules/koffi')))
      skip(`the registry cannot be reached: ${unreachable ?? ''}`)
    const log = superviseBriefly(cwd)
    expect(log[0]?.['event']).toBe('supervisor-started')
    if (process.platform === 'linux') expect(String(log[0]?.['missing'])).not.toContain('native')
  })
})

describe('a Node that is too old', () => {
  const entry = join(ROOT, 'bin/tsupervise.js')
  const line = /^tsupervise: needs Node 22\.18 or later, but this is Node \S+ \(\S+\)\. [^\n]+$/

  const isOld = (version: string): boolean => {
    const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
    return major < 22 || (major === 22 && minor < 18)
  }
  const candidates = [
    '/usr/local/bin/node',
    '/usr/bin/node',
    '/bin/node',
    ...(process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'node'))
  ]
  const old = candidates.find((node) => {
    const answer = spawnSync(node, ['--version'], { encoding: 'utf8' })
    return answer.status === 0 && isOld(answer.stdout.trim())
  })

  test.skipIf(old === undefined)('gets one clear line and exit 2 (skipped where every Node is new enough)', () => {
    const run = spawnSync(old ?? '', [entry, '--version'], { encoding: 'utf8' })
    expect(run.status).toBe(2)
    expect(run.stdout).toBe('')
    expect(run.stderr.trimEnd()).toMatch(line)
  })

  test.each(['12.22.12', '20.19.0', '22.17.1'])('the same for %s, by what the entry would see there', (version) => {
    const told: string[] = []
    const fake = { versions: { node: version }, execPath: '/old/node', exitCode: 0 }
    // a script has no import(), and must not come to it
    const text = readFileSync(entry, 'utf8')
      .replace(/^#!.*/, '')
      .replace(/import\(/, 'loaded(')
    const loaded = (path: string): number => told.push(`loaded ${path}`)
    new Script(text).runInContext(createContext({ process: fake, console: { error: (words: string) => told.push(words) }, loaded }))
    expect(fake.exitCode).toBe(2)
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(line)
    expect(isOld(version)).toBe(true)
  })

  test('one that is new enough goes in', () => {
    const run = spawnSync(process.execPath, [entry, '--version'], { encoding: 'utf8' })
    expect(run).toMatchObject({ status: 0, stderr: '' })
  })
})
