import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { type NotifyMessage, type NotifySocket, openNotifySocket, parseNotify } from '../../src/core/linux/notify-socket.ts'
import { openDatagramSocket } from '../../src/core/linux/unix-datagram.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
const sockets: NotifySocket[] = []
afterEach(() => {
  processes.cleanUp()
  for (const socket of sockets.splice(0)) socket.close()
})

function open(owner?: { uid: number; gid: number }) {
  const opened = openNotifySocket(createSystemClock(), owner)
  if (!opened.ok) throw new Error(opened.error.message)
  sockets.push(opened.value)
  const heard: NotifyMessage[] = []
  opened.value.subscribe((message) => heard.push(message))
  return { socket: opened.value, heard }
}

/** Sends each argument as a datagram, as any program would. */
const SENDER =
  'import os, socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\nfor m in sys.argv[1:]: s.sendto(m.encode(), os.environ["NOTIFY_SOCKET"])\n'
const FD_SENDER =
  'import array, os, socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\nfds = array.array("i", [0, 1, 2])\ns.sendmsg([b"READY=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], 0, os.environ["NOTIFY_SOCKET"])\n'
const python = (path: string, script: string, ...args: string[]) =>
  processes.spawn('python3', ['-c', script, ...args], { env: { NOTIFY_SOCKET: path }, stdio: 'ignore' })

describe.skipIf(libc() === undefined)('the notify socket', () => {
  it('hears what a process says, and knows who said it', async () => {
    const { socket, heard } = open()
    const child = python(socket.path, SENDER, 'STATUS=warming up\nFOO=1', 'READY=1\nSTATUS=up', 'STOPPING=1')
    await waitUntil(
      () => heard.length === 3,
      () => JSON.stringify(heard)
    )
    const sender = { pid: child.pid, uid: process.getuid?.() }
    expect(heard).toEqual([
      { ...sender, ready: false, stopping: false, status: 'warming up' },
      { ...sender, ready: true, stopping: false, status: 'up' },
      { ...sender, ready: false, stopping: true, status: undefined }
    ])
  })

  it('leaves out what is too long, and takes what just fits', async () => {
    const { socket, heard } = open()
    python(socket.path, SENDER, `READY=1\nSTATUS=${'x'.repeat(4096)}`, `STATUS=${'y'.repeat(4089)}`)
    await waitUntil(() => heard.length > 0, 'the message that fits')
    expect(heard).toMatchObject([{ ready: false, status: 'y'.repeat(4089) }])
  })

  it('takes no descriptors that a sender passes along', async () => {
    const { socket, heard } = open()
    const before = readdirSync('/proc/self/fd').length
    for (let count = 1; count <= 5; count++) {
      const child = python(socket.path, FD_SENDER)
      await waitUntil(() => heard.length === count && child.exitCode !== null, 'the message with descriptors')
    }
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
  })

  it('hears on after the memory of the process was collected', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { socket, heard } = open()
    for (let round = 1; round <= 5; round++) {
      collect()
      const garbage = Array.from({ length: 2000 }, () => Buffer.alloc(16, 0xff))
      collect()
      const child = python(socket.path, SENDER, `STATUS=${round} of ${garbage.length}`)
      await waitUntil(
        () => heard.at(-1)?.status === `${round} of 2000` && child.exitCode === 0,
        () => JSON.stringify(heard)
      )
    }
  })

  it('lives in a folder that only its owner can enter, and takes it along', () => {
    const { socket } = open()
    const folder = dirname(socket.path)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    socket.close()
    socket.close()
    expect(() => statSync(folder)).toThrow(/ENOENT/)
  })

  it.skipIf(process.getuid?.() !== 0)('can be given to the user of the child, and to nobody else', async () => {
    const { socket, heard } = open({ uid: 65_534, gid: 65_534 })
    const send = (uid: number) => () => {
      execFileSync('/usr/bin/env', ['python3', '-c', SENDER, 'READY=1'], {
        env: { PATH: '/usr/bin:/bin', NOTIFY_SOCKET: socket.path },
        uid,
        gid: 65_534,
        stdio: 'pipe'
      })
    }
    expect(send(65_533)).toThrow(/PermissionError/)
    expect(send(65_534)).not.toThrow()
    await waitUntil(() => heard.length === 1, 'the message of the owner')
    expect(heard[0]).toMatchObject({ uid: 65_534, ready: true })
  })

  it('never makes a sender wait, though nobody listens', async () => {
    const opened = openNotifySocket(createSystemClock())
    if (!opened.ok) throw new Error(opened.error.message)
    sockets.push(opened.value)
    const many = Array.from({ length: 40 }, () => 'STATUS=busy')
    const child = python(opened.value.path, SENDER, ...many)
    await waitUntil(() => child.exitCode !== null, 'a sender of more than the queue holds')
    expect(child.exitCode).toBe(0)
  })

  it('says by name what is in the way', () => {
    expect(openNotifySocket(createSystemClock(), undefined, '/nowhere')).toMatchObject({ ok: false, error: { code: 'ENOENT' } })
    const deep = mkdtempSync(join(tmpdir(), 'd'.repeat(100)))
    expect(openNotifySocket(createSystemClock(), undefined, deep)).toMatchObject({ ok: false, error: { code: 'ENAMETOOLONG' } })
    expect(readdirSync(deep)).toEqual([])
    rmSync(deep, { recursive: true })
    const plain = openDatagramSocket(undefined, 16)
    expect(plain.ok && plain.value.send('/nowhere/socket', Buffer.from('x'))).toMatchObject({ ok: false, error: { code: 'ENOENT' } })
    if (plain.ok) plain.value.close()
  })
})

describe('a notify message', () => {
  it('is read whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const message = parseNotify(1, 2, Buffer.from(bytes))
        expect(Object.keys(message).toSorted()).toEqual(['pid', 'ready', 'status', 'stopping', 'uid'])
      })
    )
    expect(parseNotify(1, 2, Buffer.from('READY=1x\nSTATUS=a=b\nSTATUS=c\nSTOPPING'))).toEqual({
      pid: 1,
      uid: 2,
      ready: false,
      stopping: false,
      status: 'a=b'
    })
  })
})
