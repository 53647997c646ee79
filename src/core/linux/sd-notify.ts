import { execFile } from 'node:child_process'
import { type Failure, failure, type Result, success } from '../errors.ts'
import type { Cancel, Clock } from '../ports.ts'
import { openDatagramSocket } from './unix-datagram.ts'

/** When systemd's queue is full: how often to try again, and after how long. */
const RETRIES = 20
const RETRY_MS = 100
const SPAWN_TIMEOUT_MS = 5000

/** Tells the service manager how we are; sd_notify(3). Without NOTIFY_SOCKET every call does nothing. */
export interface SdNotify {
  /** Whether somebody listens. */
  readonly active: boolean
  /** READY=1, also at the end of a reload; from then on WATCHDOG=1 twice in each WATCHDOG_USEC, where it is meant for us. */
  ready(status?: string): void
  reloading(): void
  stopping(): void
  /** One line for `systemctl status`. */
  status(text: string): void
  /** No more watchdog messages. */
  close(): void
}

export interface SdNotifyPorts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  readonly clock: Clock
  /** Once, at the first message that could not be delivered. */
  readonly onProblem: (failure: Failure) => void
}

/** Through a datagram of our own; where native calls are missing, through the program systemd-notify(1). */
export function createSdNotify(ports: SdNotifyPorts): SdNotify {
  const address = ports.env['NOTIFY_SOCKET']
  if (address === undefined || address === '') {
    return { active: false, ready: nothing, reloading: nothing, stopping: nothing, status: nothing, close: nothing }
  }
  const period = watchdogPeriodMs(ports.env, ports.pid)
  let ping: Cancel | undefined
  let reported = false

  const report = (problem: Failure): void => {
    if (reported) return
    reported = true
    ports.onProblem(problem)
  }
  const say = (...assignments: readonly string[]): void => deliver(address, assignments, ports, report)
  const keepPinging = (): void => {
    if (period === undefined) return
    say('WATCHDOG=1')
    ping = ports.clock.after(period, keepPinging)
  }

  return {
    active: true,
    ready(text) {
      say('READY=1', ...statusLine(text))
      if (ping === undefined) keepPinging()
    },
    reloading: () => say('RELOADING=1', `MONOTONIC_USEC=${Math.round(ports.clock.now() * 1000)}`),
    stopping: () => say('STOPPING=1'),
    status: (text) => say(...statusLine(text)),
    close() {
      ping?.()
      ping = undefined
    }
  }
}

/** Half of WATCHDOG_USEC in ms, when it is a duration and WATCHDOG_PID does not name another process; sd_watchdog_enabled(3). */
export function watchdogPeriodMs(env: SdNotifyPorts['env'], pid: number): number | undefined {
  const usec = env['WATCHDOG_USEC'] ?? ''
  const forPid = env['WATCHDOG_PID']
  if (!/^[1-9]\d{0,17}$/.test(usec)) return undefined
  if (forPid !== undefined && forPid !== String(pid)) return undefined
  return Math.max(1, Number(usec) / 2000)
}

const nothing = (): void => undefined

const statusLine = (text: string | undefined): readonly string[] => (text === undefined ? [] : [`STATUS=${text.replaceAll('\n', ' ')}`])

function deliver(
  address: string,
  assignments: readonly string[],
  ports: SdNotifyPorts,
  report: (problem: Failure) => void,
  retries = RETRIES
): void {
  const sent = send(address, assignments)
  if (sent.ok) return
  if (sent.error.code === 'facility-missing' || sent.error.code === 'unsupported-address') {
    sendByProgram(address, assignments, ports.pid, report)
    return
  }
  if (sent.error.code !== 'EAGAIN' || retries === 0) {
    report({ code: sent.error.code, message: `the service manager could not be told ${assignments[0]}: ${sent.error.message}` })
    return
  }
  ports.clock.after(RETRY_MS, () => deliver(address, assignments, ports, report, retries - 1))
}

function send(address: string, assignments: readonly string[]): Result<undefined> {
  if (!address.startsWith('/') && !address.startsWith('@')) return failure('unsupported-address', `NOTIFY_SOCKET=${address}`)
  const socket = openDatagramSocket(undefined, 1)
  if (!socket.ok) return socket
  const sent = socket.value.send(address, Buffer.from(assignments.join('\n')))
  socket.value.close()
  return sent.ok ? success(undefined) : sent
}

function sendByProgram(address: string, assignments: readonly string[], pid: number, report: (problem: Failure) => void): void {
  const env = { NOTIFY_SOCKET: address, PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
  const child = execFile('systemd-notify', [`--pid=${pid}`, '--no-block', ...assignments], { env, timeout: SPAWN_TIMEOUT_MS }, (error) => {
    if (error !== null) report({ code: String(error.code ?? 'failed'), message: `systemd-notify could not be used: ${error.message}` })
  })
  child.unref()
}
