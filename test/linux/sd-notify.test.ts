import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import type { Failure } from '../../src/core/errors.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { createSdNotify, type SdNotifyPorts, watchdogPeriodMs } from '../../src/core/linux/sd-notify.ts'
import { openDatagramSocket } from '../../src/core/linux/unix-datagram.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sd-'))
})
afterEach(() => {
  processes.cleanUp()
  rmSync(folder, { recursive: true, force: true })
})

/** A service manager: prints every datagram as one JSON line with the pid of its sender. */
const RECEIVER = `
import json, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind(sys.argv[1].replace("@", "\\0", 1) if sys.argv[1].startswith("@") else sys.argv[1])
print(json.dumps("bound"), flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(8192, 256)
    pid = struct.unpack("iII", ancillary[0][2][:12])[0] if ancillary else 0
    print(json.dumps([pid, data.decode()]), flush=True)
`

async function manager(address: string) {
  const child = processes.spawn('python3', ['-c', RECEIVER, address], { stdio: ['ignore', 'pipe', 'inherit'] })
  const heard: unknown[] = []
  if (child.stdout === null) throw new Error('no stdout')
  createInterface({ input: child.stdout }).on('line', (line) => heard.push(JSON.parse(line)))
  await waitUntil(() => heard.shift() === 'bound', 'the receiver is bound')
  return heard
}

function notifier(address: string | undefined, more: Record<string, string> = {}, clock: SdNotifyPorts['clock'] = createSystemClock()) {
  const problems: Failure[] = []
  const env = { ...(address === undefined ? {} : { NOTIFY_SOCKET: address }), ...more }
  return { problems, notify: createSdNotify({ env, pid: process.pid, clock, onProblem: (problem) => problems.push(problem) }) }
}

const hasSystemdNotify = ((): boolean => {
  try {
    return execFileSync('systemd-notify', ['--version'], { encoding: 'utf8' }).includes('systemd')
  } catch {
    return false // then its test is skipped
  }
})()

describe.skipIf(libc() === undefined)('sd_notify', () => {
  for (const kind of ['a path', 'an abstract name']) {
    it(`reports each step to ${kind}`, async () => {
      const address = kind === 'a path' ? join(folder, 's') : `@tsupervise-test-${process.pid}`
      const heard = await manager(address)
      const { notify, problems } = notifier(address)
      notify.status('starting')
      notify.ready('2 nodes\nrunning')
      notify.reloading()
      notify.stopping()
      await waitUntil(
        () => heard.length === 4,
        () => JSON.stringify(heard)
      )
      expect(heard).toEqual([
        [process.pid, 'STATUS=starting'],
        [process.pid, 'READY=1\nSTATUS=2 nodes running'],
        [process.pid, expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/)],
        [process.pid, 'STOPPING=1']
      ])
      expect(problems).toEqual([])
    })
  }

  it('feeds the watchdog twice in its time from readiness on, until it is closed', async () => {
    const clock = new FakeClock()
    const address = `@tsupervise-watchdog-${process.pid}`
    const heard = await manager(address)
    const { notify } = notifier(address, { WATCHDOG_USEC: '3000000', WATCHDOG_PID: String(process.pid) }, clock)
    clock.advance(10_000)
    notify.ready()
    clock.advance(4500)
    notify.ready()
    notify.close()
    clock.advance(10_000)
    notify.status('end')
    await waitUntil(() => heard.some((entry) => JSON.stringify(entry).includes('end')), 'the last message')
    expect(heard.map((entry) => (entry as [number, string])[1])).toEqual([
      'READY=1',
      ...Array.from({ length: 4 }, () => 'WATCHDOG=1'),
      'READY=1',
      'STATUS=end'
    ])
    expect(clock.pending).toBe(0)
  })

  it('tries again while the queue is full', () => {
    const clock = new FakeClock()
    const address = join(folder, 'full')
    const opened = openDatagramSocket(address, 100)
    if (!opened.ok) throw new Error(opened.error.message)
    const { notify, problems } = notifier(address, {}, clock)
    const limit = 5000
    let sent = 0
    while (clock.pending === 0 && sent < limit) {
      notify.status(`${sent}`)
      sent += 1
    }
    expect(sent).toBeLessThan(limit)
    const texts: string[] = []
    const drain = (): void => {
      for (let next = opened.value.receive(); next !== undefined; next = opened.value.receive()) texts.push(next.data.toString())
    }
    drain()
    expect(texts).toHaveLength(sent - 1)
    clock.advance(100)
    drain()
    expect(texts.at(-1)).toBe(`STATUS=${sent - 1}`)
    expect(problems).toEqual([])
    opened.value.close()
  })

  it('reports once that nobody is there, and goes on', () => {
    const { notify, problems } = notifier('/nowhere/notify')
    notify.ready()
    notify.stopping()
    expect(problems).toEqual([
      { code: 'ENOENT', message: 'the service manager could not be told READY=1: sendto /nowhere/notify failed with ENOENT' }
    ])
  })
})

describe('without a service manager', () => {
  it('does nothing', () => {
    const clock = new FakeClock()
    const { notify, problems } = notifier(undefined, { WATCHDOG_USEC: '1000000' }, clock)
    notify.ready()
    notify.stopping()
    expect(notify.active).toBe(false)
    expect(clock.pending).toBe(0)
    expect(problems).toEqual([])
  })

  it('takes the watchdog for its own only when it is', () => {
    expect(watchdogPeriodMs({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '5' }, 5)).toBe(1500)
    expect(watchdogPeriodMs({ WATCHDOG_USEC: '3000000' }, 5)).toBe(1500)
    expect(watchdogPeriodMs({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '6' }, 5)).toBeUndefined()
    for (const usec of ['', '0', '-1', '1e6', ' 5']) expect(watchdogPeriodMs({ WATCHDOG_USEC: usec }, 5)).toBeUndefined()
  })
})

describe.skipIf(!hasSystemdNotify)('without native calls', () => {
  it('uses the program systemd-notify', async () => {
    const address = join(folder, 'program')
    const heard = await manager(address)
    const module = new URL('../../src/core/linux/sd-notify.ts', import.meta.url).href
    const script = `
      const { createSdNotify } = await import(${JSON.stringify(module)})
      createSdNotify({ env: process.env, pid: process.pid, clock: { now: () => 0 }, onProblem: (p) => console.error(p) }).status('by program')
      setTimeout(() => {}, 20000)`
    processes.spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { NOTIFY_SOCKET: address, TSUPERVISE_NATIVE: '0' },
      stdio: ['ignore', 'ignore', 'inherit']
    })
    await waitUntil(() => heard.length > 0, 'the message')
    expect((heard[0] as [number, string])[1]).toContain('STATUS=by program')
  })
})
