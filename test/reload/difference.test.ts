import { describe, expect, it } from 'vitest'
import { createChangeOf } from '../../src/config/change-of.ts'
import { type NodeFacts, reloadDifference } from '../../src/config/reload-difference.ts'
import type { ReloadDifference } from '../../src/core/queries.ts'
import type { LimitField } from '../../src/core/settings.ts'
import { configured } from './configured.ts'

const LIVES: NodeFacts = { standing: 'lives', edits: { limits: new Map(), observe: undefined } }
const edited = (field: LimitField, value: number): NodeFacts => ({
  ...LIVES,
  edits: { limits: new Map([[field, { value }]]), observe: undefined }
})

const BEFORE = `
name: run
worker: {command: [api, --port, "80"], limits: {memory: 100MB}, env: {A: one}}
extensions:
  web: {command: web}
  old: {command: old}
`

async function difference(after: string, facts: Readonly<Record<string, NodeFacts>> = {}, before = BEFORE): Promise<ReloadDifference> {
  const sides = await Promise.all([configured(before), configured(after)])
  return reloadDifference({ before: sides[0], after: sides[1], factsOf: (node) => facts[node] ?? LIVES, redact: (text) => text })
}
const actions = ({ changes }: ReloadDifference): string[] => changes.map(({ node, action }) => `${node ?? 'run'} ${action}`)
const paths = ({ changes }: ReloadDifference): string[] => changes.flatMap(({ fields }) => fields.map(({ path }) => path))

describe('what a reload changes', () => {
  it('is nothing for the same file, nor where only lines moved', async () => {
    expect(await difference(`# moved\n\n\n${BEFORE}`)).toEqual({ changes: [], kept: [], ignored: [] })
  })

  it('follows the marks of the schema: live fields change at once, spawn-time ones restart', async () => {
    const live = await difference(BEFORE.replace('100MB', '200MB'))
    expect(live.changes).toEqual([
      { node: 'worker', action: 'live', fields: [{ path: 'worker.limits.memory', from: '100MB', to: '200MB', change: 'live' }] }
    ])
    const spawn = await difference(BEFORE.replace('{command: web}', '{command: web2, delay: 5s}'))
    expect(actions(spawn)).toEqual(['web restart'])
    expect(paths(spawn)).toEqual(['extensions.web.command', 'extensions.web.delay'])
  })

  it('stops what is not there any more and starts what is new', async () => {
    expect(
      actions(
        await difference(BEFORE.replace('  old: {command: old}', '  fresh: {command: fresh}\n  idle: {command: idle, enabled: false}'))
      )
    ).toEqual(['old stop', 'fresh start', 'idle none'])
  })

  it('sees what looks alike: arguments that are divided otherwise', async () => {
    const found = await difference(BEFORE.replace('[api, --port, "80"]', '[api, "--port 80"]'))
    expect(actions(found)).toEqual(['worker restart'])
    expect(paths(found)).toEqual(['worker.command'])
  })

  it('names environment variables and never shows them', async () => {
    const found = await difference(BEFORE.replace('env: {A: one}', 'env: {A: secret, B: two}'))
    expect(actions(found)).toEqual(['worker restart'])
    expect(found.changes[0]?.fields).toEqual([
      { path: 'worker.env.A', from: '(hidden)', to: '(hidden)', change: 'spawn-time' },
      { path: 'worker.env.B', from: 'none', to: '(hidden)', change: 'spawn-time' }
    ])
    expect(JSON.stringify(found)).not.toMatch(/secret|two/)
  })

  it('tells what needs a new start of tsupervise itself apart', async () => {
    const found = await difference(
      `${BEFORE.replace('name: run', 'name: other')}hooks: [{on: [problem], command: [tell]}]\nsampler: portable\n`
    )
    expect(found.ignored).toEqual(expect.arrayContaining(['name', 'sampler']))
    expect(actions(found)).toEqual(['run live'])
    expect(paths(found)).toEqual(['hooks.0'])
  })

  it('a level changes the limits of every node that sets none', async () => {
    const found = await difference(`${BEFORE}watchdog: {level: restrictive}\n`)
    expect(actions(found)).toEqual(['run live', 'worker live', 'web live', 'old live'])
    expect(paths(found)).toEqual(expect.arrayContaining(['watchdog.level', 'extensions.web.limits.memory']))
    expect(paths(found)).not.toContain('worker.limits.memory')
  })

  it('redacts what it shows', async () => {
    const [before, after] = await Promise.all([configured(BEFORE), configured(BEFORE.replace('command: web', 'command: web --token abc'))])
    const found = reloadDifference({ before, after, factsOf: () => LIVES, redact: (text) => text.replace('abc', 'XXX') })
    expect(found.changes[0]?.fields[0]?.to).toContain('--token XXX')
  })
})

describe('a node', () => {
  const changed = BEFORE.replace('{command: web}', '{command: web2}')
  const standing = (kind: NodeFacts['standing']): NodeFacts => ({ ...LIVES, standing: kind })

  it('that was stopped by hand, or never started, stays as it is', async () => {
    expect(actions(await difference(changed, { web: standing('stopped-by-hand') }))).toEqual(['web live'])
    expect(actions(await difference(changed, { web: standing('never-started') }))).toEqual(['web live'])
    expect(actions(await difference(changed, { web: standing('has-ended') }))).toEqual(['web restart'])
  })

  it('is started or stopped by `enabled`', async () => {
    const off = BEFORE.replace('{command: web}', '{command: web, enabled: false}')
    expect(actions(await difference(off))).toEqual(['web stop'])
    expect(actions(await difference(off, { web: standing('stopped-by-hand') }))).toEqual(['web live'])
    expect(actions(await difference(BEFORE, { web: standing('never-started') }, off))).toEqual(['web start'])
    expect(actions(await difference(BEFORE, { web: LIVES }, off))).toEqual(['web live'])
  })

  it('that changes its kind restarts', async () => {
    const found = await difference('name: run\nworker: {name: web, command: web}\nextensions:\n  old: {command: old}\n')
    expect(actions(found)).toEqual(expect.arrayContaining(['worker stop', 'web restart']))
  })
})

describe('what was edited by hand', () => {
  it('stays over what the file says, and is shown', async () => {
    const found = await difference(BEFORE.replace('100MB', '200MB'), { worker: edited('memory', 300 * 2 ** 20) })
    expect(found).toEqual({ changes: [], kept: [{ node: 'worker', path: 'limits.memory', value: '300MB' }], ignored: [] })
  })

  it('is done with once the file says the same', async () => {
    const found = await difference(BEFORE.replace('100MB', '300MB'), { worker: edited('memory', 300 * 2 ** 20) })
    expect(found).toEqual({ changes: [], kept: [], ignored: [] })
  })

  it('keeps the respawn limit and observing too, beside what else changes', async () => {
    const facts: NodeFacts = { standing: 'lives', edits: { limits: new Map([['respawnLimit', { value: 9 }]]), observe: true } }
    const found = await difference(BEFORE.replace('{command: web}', '{command: web, respawn: {limit: 2, window: 5m}}'), { web: facts })
    expect(found.kept).toEqual([
      { node: 'web', path: 'respawn.limit', value: '9' },
      { node: 'web', path: 'observe', value: 'true' }
    ])
    expect(paths(found)).toEqual(['extensions.web.respawn.window'])
  })
})

it('every setting of a node has its mark', () => {
  const changeOf = createChangeOf()
  expect(changeOf('worker.limits.memory')).toBe('live')
  expect(changeOf('worker.env.ANY')).toBe('spawn-time')
  expect(changeOf('worker.rlimits.nofile')).toBe('spawn-time')
  expect(changeOf('worker.log')).toBe('spawn-time')
  expect(changeOf('worker.health')).toBe('live')
  expect(changeOf('hooks.0')).toBe('live')
  expect(changeOf('worker.nonsense')).toBeUndefined()
})
