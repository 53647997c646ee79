import { existsSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/core/commands.ts'
import type { commandSchema, querySchema } from '../../src/core/control/requests.ts'
import type { Query } from '../../src/core/queries.ts'
import { fixture } from '../helpers/command.ts'
import { ask, refusal, command as send } from '../helpers/control.ts'
import { identityOf } from '../helpers/processes.ts'
import { runs, serve } from './serving.ts'

type Output<Schema> = Schema extends { _zod: { output: infer O } } ? O : never

/** Held by the compiler: every command and query has its schema; the environment of a process is not shown over a socket. */
const EVERY_COMMAND: Exclude<Command['type'], Output<typeof commandSchema>['type']> extends never ? true : false = true
const EVERY_QUERY: Exclude<Query['type'], Output<typeof querySchema>['type'] | 'environment'> extends never ? true : false = true

const TWO = {
  worker: { command: ['sleep', '1000'] },
  extensions: { talker: { command: 'echo one; echo two; echo three; exec sleep 1000' } }
}

describe('what is asked for', () => {
  it('is answered by a real supervisor', async () => {
    expect(EVERY_COMMAND && EVERY_QUERY).toBe(true)
    const { command, socket } = await serve(TWO)
    await runs(command, 'worker', 'talker')
    await command.line('talker', /three/)

    const info = (await ask(socket, '/v1')).json
    expect(info).toMatchObject({ api: 1, name: 'test', pid: command.pid, readOnly: false })
    expect(Object.keys(info).sort()).toEqual(['api', 'host', 'name', 'pid', 'readOnly', 'startedAt', 'user', 'version'])

    const state = (await ask(socket, '/v1/state')).json as { nodes: Record<string, { phase: { leader: unknown } }>; order: string[] }
    expect(state.order).toEqual(['worker', 'talker'])
    expect(state.nodes['worker']?.phase.leader).toEqual(command.leader('worker'))

    const nodes = (await ask(socket, '/v1/nodes')).json['nodes'] as { description: { name: string } }[]
    expect(nodes.map(({ description }) => description.name)).toEqual(['worker', 'talker'])
    expect((await ask(socket, '/v1/nodes/talker')).json).toMatchObject({ incarnation: 1, phase: { phase: 'running' } })

    const logs = (await ask(socket, '/v1/nodes/talker/logs?lines=2')).json as { lines: { text: string }[] }
    expect(logs.lines.map(({ text }) => text)).toEqual(['two', 'three'])

    expect((await ask(socket, '/v1/orphans?from=0&most=5')).json).toEqual({ total: 0, pairs: [] })
    expect((await ask(socket, '/healthz')).json).toEqual({ status: 'ok' })
    const settings = (await ask(socket, '/v1/configuration')).json['settings'] as { path: string; value: string; source: object }[]
    expect(settings.find(({ path }) => path === 'worker.command')).toMatchObject({ value: 'sleep 1000', source: { kind: 'file', line: 1 } })

    const events = (await ask(socket, '/v1/events?most=500')).json['events'] as { seq: number; type: string }[]
    expect(events.map(({ type }) => type)).toContain('node-started')
    expect(events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).toSorted((a, b) => a - b))
    const last = events.at(-1)?.seq ?? 0
    expect((await ask(socket, `/v1/events?since=${last}`)).json['events']).toEqual([])
    expect(((await ask(socket, '/v1/events?node=talker&most=1')).json['events'] as object[])[0]).toMatchObject({ node: 'talker' })
  })

  it('is refused with status, code, message and what to do', async () => {
    const { socket } = await serve(TWO)
    const found = async (path: string, options?: Parameters<typeof ask>[2]): Promise<string> => refusal(await ask(socket, path, options))
    expect(await found('/v2')).toBe('404 no-such-path')
    expect(await found('/v1/nodes/nobody')).toBe('404 no-such-node')
    expect(await found('/v1/nodes/constructor')).toBe('404 no-such-node')
    expect(await found('/v1/nodes/..%2f..%2fetc')).toBe('404 no-such-path')
    expect(await found('/v1/nodes/%zz')).toBe('404 no-such-path')
    expect(await found('/v1/receipts/7')).toBe('404 no-such-receipt')
    expect(await found('/v1/receipts/x')).toBe('404 no-such-path')
    expect(await found('/v1/state', { method: 'DELETE' })).toBe('405 method-not-allowed')
    expect(await found('/v1/state?colour=red')).toBe('400 invalid-request')
    expect(await found('/v1/events?most=-1')).toBe('400 invalid-request')
    expect(await found('/v1/events?most=1&most=2')).toBe('400 invalid-request')
    expect(await found('/v1/events/stream?since=7')).toBe('400 invalid-request')
    expect(await found('/v1/commands', { method: 'POST', body: '{' })).toBe('400 invalid-json')
    expect(await found('/v1/commands', { method: 'POST', body: { type: 'stop' } })).toBe('400 invalid-request')
    expect(await found('/v1/commands', { method: 'POST', body: { type: 'stop', node: 'worker', by: 'somebody else' } })).toBe(
      '400 invalid-request'
    )
    expect(await found('/v1/commands', { method: 'POST', body: { type: 'stop', node: 'nobody' } })).toBe('404 no-such-node')
    expect(await found('/v1/commands', { method: 'POST', body: { type: 'set-limit', node: 'worker', field: 'cpu', value: 101 } })).toBe(
      '400 invalid-limit'
    )
    expect(await found('/v1/queries', { method: 'POST', body: { type: 'environment', target: { pid: 1, startTime: 1 } } })).toBe(
      '400 invalid-request'
    )
    const misspelt = (await send(socket, { type: 'restrat', node: 'worker' })).json['error'] as Record<string, string>
    expect(misspelt['message']).toBe(
      'the body: type: found "restrat", expected one of start, stop, restart, signal, set-limit, observe, reopen-logs, shutdown, register, unregister, end-orphan, reload, save-limits'
    )
    expect(misspelt['next']).toContain('openapi.json')
  })

  it('is bounded: bodies, heads, paths', async () => {
    const { socket } = await serve(TWO)
    const text = 'x'.repeat(70_000)
    expect(refusal(await ask(socket, '/v1/queries', { method: 'POST', body: { type: 'find-processes', text, most: 1 } }))).toBe(
      '413 too-long'
    )
    expect(refusal(await ask(socket, '/v1', { headers: { 'x-long': 'x'.repeat(20_000) } }))).toBe('431 too-long')
    expect(refusal(await ask(socket, `/v1?${'x'.repeat(5000)}`))).toBe('400 invalid-request')
    expect((await ask(socket, '/v1')).status).toBe(200)
  })
})

describe('commands', () => {
  it('are taken at once, and waited for where that is asked', async () => {
    const { command, socket } = await serve({
      extensions: { slow: { command: [fixture('ignore-sigterm.sh')], stop: { commandedGrace: '1s' } } }
    })
    await command.line('slow', /ready/i)
    const first = command.leader('slow')
    expect((await send(socket, { type: 'restart', node: 'slow' }, '?wait=20')).status).toBe(202)
    const second = command.leader('slow')
    expect(second).not.toEqual(first)
    expect(identityOf(first.pid)).toBeUndefined()
    expect((await send(socket, { type: 'stop', node: 'slow' })).status).toBe(202)
    expect(identityOf(second.pid)).toEqual(second)
    expect((await send(socket, { type: 'stop', node: 'slow' }, '?wait=20')).status).toBe(202)
    expect(identityOf(second.pid)).toBeUndefined()
    expect((await send(socket, { type: 'start', node: 'slow' }, '?wait=20')).status).toBe(202)
    expect((await ask(socket, '/v1/nodes/slow')).json).toMatchObject({ incarnation: 3, phase: { phase: 'running', ready: true } })
  })

  it('say when what they want takes longer, or will not be', async () => {
    const failing = { command: ['/nowhere/program'], respawn: { limit: 0, onExhausted: 'fail' }, enabled: false }
    const { command, socket } = await serve({
      worker: { command: ['sleep', '1000'], ready: { line: 'never', timeout: '60s' } },
      extensions: { failing }
    })
    await command.event('node-started', 'worker')
    expect(refusal(await send(socket, { type: 'start', node: 'worker' }, '?wait=0.2'))).toBe('503 timeout')
    const failed = await send(socket, { type: 'start', node: 'failing' }, '?wait=20')
    expect(refusal(failed)).toBe('409 failed')
    expect(failed.text).toContain('/nowhere/program')
  })

  it('name who asked in receipts, by what the kernel says of them', async () => {
    const { command, socket } = await serve({ extensions: { sleeper: { command: ['sleep', '1000'] } } })
    await runs(command, 'sleeper')
    await send(socket, { type: 'stop', node: 'sleeper' }, '?wait=20')
    const [receipt] = (await ask(socket, '/v1/receipts')).json['receipts'] as { id: number; reason: { by: string } }[]
    expect(receipt?.reason.by).toMatch(new RegExp(`\\(uid ${process.getuid?.()}, process ${process.pid}\\)$`))
    expect((await ask(socket, `/v1/receipts/${receipt?.id}`)).json).toMatchObject({ id: receipt?.id, node: 'sleeper' })
    expect((await ask(socket, '/v1/receipts?last=0')).json).toEqual({ receipts: [] })
  })

  it('signal the process that was meant, and no other', async () => {
    const { command, socket } = await serve({ extensions: { sleeper: { command: ['sleep', '1000'] } } })
    await runs(command, 'sleeper')
    const target = command.leader('sleeper')
    const other = { ...target, startTime: target.startTime + 1 }
    expect(refusal(await send(socket, { type: 'signal', target: other, signal: 'SIGKILL' }))).toBe('409 not-managed')
    expect(identityOf(target.pid)).toEqual(target)
    expect((await send(socket, { type: 'signal', target, signal: 'SIGKILL' })).status).toBe(202)
    expect((await command.event('node-exited', 'sleeper'))['exitSignal']).toBe('SIGKILL')
  })

  it('end the run: whoever waits hears of it, then the socket goes', async () => {
    const { command, socket } = await serve(TWO)
    await runs(command, 'worker')
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    expect((await send(socket, { type: 'shutdown' }, '?wait=20')).status).toBe(202)
    expect(command.of('supervisor-ended')).toHaveLength(1)
    expect(await command.exit()).toEqual({ code: 0, signal: null })
    expect(existsSync(socket)).toBe(false)
    expect(readFileSync(`${command.stateFolder}/events.jsonl`, 'utf8')).toContain('supervisor-ended')
  })
})
