import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { SupervisorEvent } from '../../src/core/events.ts'
import { reduce, type SupervisorState } from '../../src/store.ts'
import { ask, StreamReader, command as send } from '../helpers/control.ts'
import { runs, serve } from './serving.ts'

const readers: StreamReader[] = []
const open = (...parts: ConstructorParameters<typeof StreamReader>): StreamReader => {
  const reader = new StreamReader(...parts)
  readers.push(reader)
  return reader
}
const sleeper = { extensions: { sleeper: { command: ['sleep', '1000'] } }, watchdog: { interval: '500ms' } }
const limit = (value: number) => ({ type: 'set-limit', node: 'sleeper', field: 'latency', value }) as const

describe('the event stream', () => {
  it('begins with a snapshot, and folding its events gives the state of the supervisor', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    const reader = open(socket, '/v1/events/stream')
    await reader.until(() => reader.of('snapshot').length === 1, 'the snapshot')
    expect(reader.messages[0]?.event).toBe('snapshot')
    await send(socket, limit(7000))
    await send(socket, { type: 'restart', node: 'sleeper' }, '?wait=20')
    await reader.until(() => reader.types().includes('refreshed') && reader.types().includes('receipt-closed'), 'what happened')
    const fold = (): SupervisorState =>
      reader
        .of('event')
        .map(({ data }) => JSON.parse(data) as SupervisorEvent)
        .reduce(reduce, JSON.parse(reader.of('snapshot')[0]?.data ?? '') as SupervisorState)
    await reader.until(async () => {
      const state = (await ask(socket, '/v1/state')).json as unknown as SupervisorState
      return isDeepStrictEqual(JSON.parse(JSON.stringify(fold())), state)
    }, 'the same state on both sides')
    const ids = reader.messages.map(({ id }) => Number(id?.split(':')[1]))
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(new Set(ids).size).toBe(ids.length)
    expect(reader.types()).not.toContain('output')
    reader.close()
  })

  it('is taken up again where it stopped, or begins anew where that is not possible', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    const first = open(socket, '/v1/events/stream')
    await first.until(() => first.of('snapshot').length === 1, 'the snapshot')
    const lastEventId = first.messages.at(-1)?.id ?? ''
    first.close()
    for (const value of [7000, 8000, 9000]) await send(socket, limit(value))

    const again = open(socket, '/v1/events/stream', { 'last-event-id': lastEventId })
    await again.until(() => again.types().filter((type) => type === 'limit-changed').length === 3, 'what was missed')
    expect(again.of('snapshot')).toEqual([])
    const seqs = again.of('event').map(({ data }) => JSON.parse(data).seq as number)
    expect(seqs[0]).toBe(Number(lastEventId.split(':')[1]) + 1)
    const byParameter = open(socket, `/v1/events/stream?since=${lastEventId}&transient=0`)
    await byParameter.until(() => byParameter.types().length >= 3, 'the same by parameter')
    expect(byParameter.types().slice(0, 3)).toEqual(['limit-changed', 'limit-changed', 'limit-changed'])

    for (const id of ['0123456789abcdef01:5', `${lastEventId.split(':')[0]}:999999999`, 'nonsense', `${lastEventId.split(':')[0]}:0`]) {
      const anew = open(socket, '/v1/events/stream', { 'last-event-id': id })
      await anew.until(() => anew.messages.length > 0, `an answer to ${id}`)
      expect(anew.messages[0]?.event).toBe('snapshot')
    }
    for (const reader of readers) reader.close()
  })

  it('leaves out what only refreshes a screen where that is asked', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    const all = open(socket, '/v1/events/stream')
    const lasting = open(socket, '/v1/events/stream?transient=0')
    await all.until(() => all.types().filter((type) => type === 'checked').length >= 2, 'checks')
    await send(socket, limit(7000))
    await lasting.until(() => lasting.types().includes('limit-changed'), 'the edit')
    expect(lasting.types()).toEqual(['limit-changed'])
    all.close()
    lasting.close()
  })

  it('says that somebody is there when nothing else does', async () => {
    const { socket } = await serve({ extensions: sleeper.extensions, watchdog: { interval: '1h' } })
    const reader = open(socket, '/v1/events/stream?transient=0')
    await reader.until(() => reader.comments.length > 0, 'a comment', 8000)
    reader.close()
  })

  it('is told of the end of the run, and ends with it', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    const reader = open(socket, '/v1/events/stream')
    await reader.until(() => reader.of('snapshot').length === 1, 'the snapshot')
    await send(socket, { type: 'shutdown' })
    await reader.until(() => reader.ended, 'the end of the stream')
    expect(reader.types()).toContain('supervisor-ended')
    expect((await command.exit()).code).toBe(0)
  })
})

describe('places', () => {
  it('are 100; the next is told so, and a place that was left is free', async () => {
    const { socket } = await serve(sleeper)
    const crowd = Array.from({ length: 100 }, () => open(socket, '/v1/events/stream?transient=0'))
    for (const reader of crowd) await reader.until(() => reader.of('snapshot').length === 1, 'each of them served')
    const refused = await ask(socket, '/v1/nodes/sleeper/logs/stream')
    expect(refused.status).toBe(429)
    expect(refused.json['error']).toMatchObject({ code: 'too-many-streams' })
    expect((await send(socket, { type: 'start', node: 'sleeper' }, '?wait=1')).status).toBe(429)
    expect((await ask(socket, '/v1')).status).toBe(200)
    crowd[0]?.close()
    await crowd[1]?.until(async () => {
      const next = open(socket, '/v1/events/stream?transient=0')
      await next.until(() => next.status !== 0, 'an answer')
      next.close()
      return next.status === 200
    }, 'a free place')
    for (const reader of crowd) reader.close()
  })
})

describe('the output of a node', () => {
  it('is followed from its newest lines on', async () => {
    const onUsr1 = 'trap "echo after" USR1; for i in 1 2 3; do echo "line $i"; done; while :; do sleep 0.05; done'
    const { command, socket } = await serve({ extensions: { talker: { command: onUsr1 } } })
    await command.line('talker', /line 3/)
    const reader = open(socket, '/v1/nodes/talker/logs/stream?lines=2')
    const texts = (): string[] => reader.of('line').map(({ data }) => JSON.parse(data).text)
    await reader.until(() => texts().length === 2, 'the newest lines')
    await send(socket, { type: 'signal', target: command.leader('talker'), signal: 'SIGUSR1' })
    await reader.until(() => texts().length === 3, 'the next one')
    expect(texts()).toEqual(['line 2', 'line 3', 'after'])
    reader.close()
  })

  it('tells a reader who is too slow how many lines it missed, and costs nothing', async () => {
    const flood =
      'i=0; while [ $i -lt 60000 ]; do echo "$i 0123456789012345678901234567890123456789012345678901234567890123456789"; i=$((i+1)); done; sleep 0.5; echo last; exec sleep 1000'
    const { command, socket } = await serve({
      extensions: { talker: { command: flood, log: { ringLines: 500, echo: false }, ready: { line: '^last$' } } }
    })
    const reader = open(socket, '/v1/nodes/talker/logs/stream?lines=10')
    await reader.until(() => reader.status === 200, 'the stream')
    reader.pause()
    await command.event('node-ready', 'talker')
    reader.resume()
    const texts = (): string[] => reader.of('line').map(({ data }) => JSON.parse(data).text)
    await reader.until(() => texts().at(-1) === 'last', 'the last line')
    const seqs = reader.of('line').map(({ data }) => JSON.parse(data).seq as number)
    const afterFirst = reader.messages.slice(reader.messages.findIndex(({ event }) => event === 'line'))
    const lost = afterFirst.filter(({ event }) => event === 'dropped').reduce((sum, { data }) => sum + JSON.parse(data).lines, 0)
    expect(reader.of('dropped').length).toBeGreaterThan(0)
    expect(seqs.length + lost).toBe((seqs.at(-1) ?? 0) - (seqs[0] ?? 0) + 1)
    reader.close()
  })
})
