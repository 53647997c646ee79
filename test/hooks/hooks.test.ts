import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventBody, EventSubject } from '../../src/core/events.ts'
import { createHooks, type Hooks } from '../../src/core/hooks/hooks.ts'
import type { Hook } from '../../src/core/settings.ts'
import { event } from '../helpers/arbitrary-events.ts'
import { realPorts } from '../helpers/command-ports.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hooks-'))
})
afterEach(() => {
  processes.cleanUp()
  rmSync(folder, { recursive: true, force: true })
})

type Emitted = EventBody & { subject: EventSubject | undefined }

/** Hooks whose own events come back to them, as in a run. */
function make(...hooks: Hook[]) {
  const emitted: Emitted[] = []
  const made: Hooks = createHooks(hooks, {
    ...realPorts(processes),
    emit(body, subject) {
      emitted.push({ ...body, subject })
      made.handle(event(body, subject))
    }
  })
  return { hooks: made, emitted }
}
const hook = (on: string[], script: string, timeoutMs = 10_000): Hook => ({ on, argv: ['/bin/sh', '-c', script], timeoutMs })
const output = (): string[] => readFileSync(join(folder, 'out'), 'utf8').trim().split('\n')
const EXITED = event(
  { type: 'node-exited', incarnation: 1, exit: { code: 1, signal: undefined, oomKilled: false }, uptimeMs: 5, success: false },
  { node: 'api' }
)
const READY = event({ type: 'node-ready', detail: '' }, { node: 'api' })

describe('hooks', () => {
  it('run for the chosen events, with the event as JSON on their input', async () => {
    const { hooks, emitted } = make(hook(['node-exited'], `cat >> ${folder}/out`))
    hooks.handle(READY)
    hooks.handle(EXITED)
    await hooks.idle()
    expect(output().map((line) => JSON.parse(line))).toEqual([JSON.parse(JSON.stringify(EXITED))])
    expect(emitted).toMatchObject([
      { type: 'hook-ended', on: 'node-exited', exit: { code: 0 }, failure: undefined, subject: { node: 'api' } }
    ])
  })

  it('are never started by their own end', async () => {
    const { hooks, emitted } = make(hook(['hook-ended', 'node-ready'], 'true'))
    hooks.handle(READY)
    await hooks.idle()
    expect(emitted.map(({ type }) => type)).toEqual(['hook-ended'])
  })

  it('tell why they failed: a status with the last line, a command that is not there, a timeout that killed all of it', async () => {
    const { hooks, emitted } = make(
      hook(['node-ready'], 'echo no disk >&2; exit 3'),
      { on: ['node-ready'], argv: ['/nowhere'], timeoutMs: 1000 },
      hook(['node-ready'], 'sleep 300 & sleep 300', 300)
    )
    hooks.handle(READY)
    await hooks.idle()
    const failures = emitted.map((body) => (body.type === 'hook-ended' ? body.failure : undefined))
    expect(failures).toContainEqual({ code: 'hook-failed', message: 'exit 3: no disk' })
    expect(failures).toContainEqual({ code: 'ENOENT', message: '/nowhere could not be started: ENOENT' })
    expect(failures).toContainEqual({ code: 'timed-out', message: 'not finished within 300 ms, killed' })
    await waitUntil(() => processes.alive().length === 0, 'nothing of a hook is left')
  })

  it('run four at a time, in order, and lose what is too much with one report', async () => {
    const { hooks, emitted } = make(
      hook(
        ['node-ready'],
        `echo x >> ${folder}/running; [ $(wc -l < ${folder}/running) -le 4 ] || [ -e ${folder}/go ] || echo 5 at once >> ${folder}/out; while [ ! -e ${folder}/go ]; do sleep 0.01; done; echo done >> ${folder}/out`
      )
    )
    for (let count = 0; count < 300; count++) hooks.handle(READY)
    const running = (): number => (existsSync(join(folder, 'running')) ? readFileSync(join(folder, 'running'), 'utf8').length / 2 : 0)
    await waitUntil(
      () => running() === 4,
      () => `${running()} hooks run`
    )
    writeFileSync(join(folder, 'go'), '')
    await hooks.idle()
    expect(output()).toHaveLength(104)
    expect(emitted.filter(({ type }) => type === 'hook-ended')).toHaveLength(104)
    const problems = emitted.filter(({ type }) => type === 'problem')
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ failure: { code: 'hooks-busy', message: expect.stringMatching(/^196 events/) } })
  })
})

describe('before a limit stop', () => {
  it('their output is taken as diagnostics, whatever else runs, and cut', async () => {
    const blocked = hook(['node-ready'], 'sleep 300', 800)
    const { hooks, emitted } = make(
      blocked,
      hook(['before-limit-stop'], 'echo "one: $(cat)"'),
      hook(['before-limit-stop'], 'echo late; sleep 300', 300),
      hook(['before-limit-stop'], 'head -c 100000 /dev/zero | tr "\\0" z')
    )
    for (let count = 0; count < 8; count++) hooks.handle(READY)
    const diagnostics = await hooks.runBeforeLimitStop({ node: 'api', arithmetic: 'CPU 3120 ms > 600 ms' })
    expect(diagnostics).toMatch(/^one: \{"node":"api","arithmetic":"CPU 3120 ms > 600 ms"\}\nlate\nz+$/)
    expect(Buffer.byteLength(diagnostics ?? '')).toBe(65_536)
    expect(emitted.map((body) => body.type === 'hook-ended' && body.on)).toEqual(Array.from({ length: 3 }, () => 'before-limit-stop'))
    expect(emitted[0]).toMatchObject({ subject: { node: 'api' } })
    await hooks.idle()
  })

  it('there is nothing to wait for where nothing is configured', async () => {
    const { hooks, emitted } = make(hook(['node-ready'], 'true'))
    expect(await hooks.runBeforeLimitStop({ node: 'api' })).toBeUndefined()
    expect(emitted).toEqual([])
  })
})
