/** The fields of /proc/PID/stat that are used; numbers and units as in proc_pid_stat(5). One object is filled again and again. */
export interface StatLine {
  pid: number
  comm: string
  state: string
  ppid: number
  pgid: number
  sid: number
  /** PF_* flags of the kernel. */
  flags: number
  minorFaults: number
  majorFaults: number
  /** Clock ticks. */
  userTicks: number
  systemTicks: number
  /** Of children that ended and were waited for, clock ticks. */
  waitedUserTicks: number
  waitedSystemTicks: number
  threads: number
  /** Clock ticks since boot. */
  startTime: number
  rssPages: number
  /** Address of the bottom of the stack, another one after each exec; 0 where it may not be seen. */
  startStack: number
  /** Wait status of a zombie; 0 where it may not be seen, undefined on kernels that do not print it. */
  exitCode: number | undefined
}

export const emptyStatLine = (): StatLine => ({
  pid: 0,
  comm: '',
  state: '?',
  ppid: 0,
  pgid: 0,
  sid: 0,
  flags: 0,
  minorFaults: 0,
  majorFaults: 0,
  userTicks: 0,
  systemTicks: 0,
  waitedUserTicks: 0,
  waitedSystemTicks: 0,
  threads: 0,
  startTime: 0,
  rssPages: 0,
  startStack: 0,
  exitCode: undefined
})

/** Field numbers of proc_pid_stat(5); those up to the resident size are on every kernel. */
const FIRST_NUMBER = 4
const RSS = 24
const START_STACK = 28
const EXIT_CODE = 52

const BLANK = 0x20
const NEWLINE = 0x0a
const MINUS = 0x2d
const OPEN = 0x28
const CLOSE = 0x29

const numbers = new Float64Array(EXIT_CODE + 1)

/**
 * Reads one line of /proc/PID/stat from the first `length` bytes. The command may hold blanks, brackets and newlines:
 * it ends at the last `)`. False, with `into` in an unknown state, when the line is cut short or is none.
 */
export function parseStatLine(bytes: Buffer, length: number, into: StatLine): boolean {
  const open = bytes.indexOf(OPEN)
  const close = length === 0 ? -1 : bytes.lastIndexOf(CLOSE, length - 1)
  if (open < 2 || close < open || close + 4 > length) return false
  const pid = decimal(bytes, 0, open - 1)
  if (pid === undefined || bytes[open - 1] !== BLANK) return false
  if (bytes[close + 1] !== BLANK || !isLetter(bytes[close + 2]) || bytes[close + 3] !== BLANK) return false
  const last = readNumbers(bytes, close + 4, length)
  if (last < RSS) return false
  into.pid = pid
  into.comm = bytes.toString('utf8', open + 1, close)
  into.state = String.fromCharCode(bytes[close + 2] ?? 0)
  fill(into, last)
  return true
}

function fill(into: StatLine, last: number): void {
  into.ppid = at(4)
  into.pgid = at(5)
  into.sid = at(6)
  into.flags = at(9)
  into.minorFaults = at(10)
  into.majorFaults = at(12)
  into.userTicks = at(14)
  into.systemTicks = at(15)
  into.waitedUserTicks = at(16)
  into.waitedSystemTicks = at(17)
  into.threads = at(20)
  into.startTime = at(22)
  into.rssPages = at(RSS)
  into.startStack = last >= START_STACK ? at(START_STACK) : 0
  into.exitCode = last >= EXIT_CODE ? at(EXIT_CODE) : undefined
}

const at = (field: number): number => numbers[field] ?? 0

/** Fills `numbers` from field 4 on; returns the last field that is complete, that is, followed by a blank or the end of the line. */
function readNumbers(bytes: Buffer, from: number, length: number): number {
  let field = FIRST_NUMBER
  let value = 0
  let negative = false
  let digits = 0
  for (let i = from; i < length && field <= EXIT_CODE; i++) {
    const byte = bytes[i] ?? 0
    if (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30)
      digits++
    } else if (byte === BLANK || byte === NEWLINE) {
      if (digits === 0) return field - 1
      numbers[field++] = negative ? -value : value
      value = 0
      digits = 0
      negative = false
    } else if (byte === MINUS && digits === 0 && !negative) {
      negative = true
    } else {
      return field - 1
    }
  }
  return field - 1
}

function decimal(bytes: Buffer, from: number, to: number): number | undefined {
  let value = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x30 || byte > 0x39) return undefined
    value = value * 10 + (byte - 0x30)
  }
  return value
}

const isLetter = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a))

/** A process whose last thread has ended; a thread group whose first thread ended before the others lives on with state Z. */
export const hasEnded = (line: { readonly state: string; readonly threads: number }): boolean =>
  (line.state === 'Z' && line.threads <= 1) || line.state === 'X' || line.state === 'x'

/** linux/sched.h: a kernel thread. */
export const isKernelThread = (line: { readonly flags: number }): boolean => (line.flags & 0x00200000) !== 0
