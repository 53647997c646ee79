import { describe, expect, it } from 'vitest'
import type { NotifyMessage } from '../../src/core/linux/notify-socket.ts'
import { watchReadiness } from '../../src/core/probe/readiness.ts'
import type { ProbeResult } from '../../src/core/probe/result.ts'
import type { Readiness } from '../../src/core/settings.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const MESSAGE: NotifyMessage = { pid: 7, uid: 0, ready: false, stopping: false, status: undefined }

function waiting(readiness: Readiness, options: { notify?: boolean; answers?: ProbeResult[] } = {}) {
  const clock = new FakeClock()
  const heard: string[] = []
  const attempts: { at: number; timeoutMs: number }[] = []
  let listeners: ((message: NotifyMessage) => void)[] = []
  const answers = [...(options.answers ?? [])]
  const watcher = watchReadiness(readiness, {
    clock,
    run: (_, timeoutMs) => {
      attempts.push({ at: clock.now(), timeoutMs })
      return Promise.resolve(answers.shift() ?? { healthy: false, detail: 'nobody listens' })
    },
    subscribeNotify:
      options.notify === false
        ? undefined
        : (listener) => {
            listeners.push(listener)
            return () => {
              listeners = listeners.filter((other) => other !== listener)
            }
          },
    onReady: (detail) => heard.push(`ready ${detail}`),
    onFailed: (detail) => heard.push(`failed ${detail}`)
  })
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 100) {
      clock.advance(100)
      await Promise.resolve()
      await Promise.resolve()
    }
  }
  return {
    clock,
    heard,
    attempts,
    watcher,
    pass,
    notify: (message: Partial<NotifyMessage>) => listeners.forEach((tell) => void tell({ ...MESSAGE, ...message })),
    listeners: () => listeners.length
  }
}

describe('readiness', () => {
  it('needs nothing where nothing is asked for', () => {
    expect(waiting({ kind: 'none' }).heard).toEqual(['ready '])
  })

  it('comes with the first line that matches, once', () => {
    const { heard, watcher, clock } = waiting({ kind: 'line', pattern: '^listening on \\d+', timeoutMs: 5000 })
    watcher.line('starting, listening on 80')
    watcher.line('listening on 8080')
    watcher.line('listening on 8081')
    clock.advance(10_000)
    expect(heard).toEqual(['ready line: listening on 8080'])
    expect(clock.pending).toBe(0)
  })

  it('fails with what was waited for when no line matches in time', () => {
    const { heard, watcher, clock } = waiting({ kind: 'line', pattern: 'up', timeoutMs: 5000 })
    clock.advance(4999)
    expect(heard).toEqual([])
    clock.advance(1)
    watcher.line('up')
    expect(heard).toEqual(['failed not ready within 5000 ms: no line matched /up/'])
  })

  it('comes with READY=1, and a status alone is only remembered', () => {
    const { heard, notify, listeners } = waiting({ kind: 'notify', timeoutMs: 5000 })
    notify({ status: 'loading' })
    expect(heard).toEqual([])
    notify({ ready: true })
    notify({ ready: true })
    expect(heard).toEqual(['ready READY=1 from process 7'])
    expect(listeners()).toBe(0)
  })

  it('names the last status when READY=1 does not come, and the missing socket where there is none', () => {
    const { heard, notify, clock } = waiting({ kind: 'notify', timeoutMs: 5000 })
    notify({ status: 'migrating 3 of 9' })
    clock.advance(5000)
    expect(heard).toEqual(['failed not ready within 5000 ms: no READY=1 came through NOTIFY_SOCKET; its last status was: migrating 3 of 9'])
    expect(waiting({ kind: 'notify', timeoutMs: 5000 }, { notify: false }).heard[0]).toMatch(
      /^failed readiness by sd_notify needs a notify socket/
    )
  })

  it('tries a probe at its interval until it passes', async () => {
    const sick: ProbeResult = { healthy: false, detail: 'no' }
    const { heard, attempts, pass } = waiting(
      { kind: 'probe', probe: { kind: 'exec', argv: ['x'] }, intervalMs: 300, timeoutMs: 5000 },
      { answers: [sick, sick, { healthy: true }] }
    )
    await pass(2000)
    expect(attempts).toEqual([0, 300, 600].map((at) => ({ at, timeoutMs: 1000 })))
    expect(heard).toEqual(['ready its check passed'])
  })

  it('tells the last failure of a probe that never passes, and tries no more', async () => {
    const { heard, attempts, pass, clock } = waiting({
      kind: 'probe',
      probe: { kind: 'exec', argv: ['x'] },
      intervalMs: 400,
      timeoutMs: 1000
    })
    await pass(5000)
    expect(heard).toEqual(['failed not ready within 1000 ms: its check did not pass; nobody listens'])
    expect(attempts.map(({ at }) => at)).toEqual([0, 400, 800])
    expect(clock.pending).toBe(0)
  })

  it('says nothing once cancelled', async () => {
    const { heard, watcher, clock } = waiting({ kind: 'line', pattern: 'up', timeoutMs: 5000 })
    watcher.cancel()
    watcher.line('up')
    clock.advance(10_000)
    expect(heard).toEqual([])
  })
})
