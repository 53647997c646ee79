/** Resident pages of /proc/PID/statm: its second number; proc_pid_statm(5). undefined when cut short. */
export function parseResidentPages(bytes: Buffer, length: number): number | undefined {
  let at = 0
  while (at < length && bytes[at] !== 0x20) at++
  let value = 0
  let digits = 0
  for (at += 1; at < length; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x30 || byte > 0x39) return digits > 0 && byte === 0x20 ? value : undefined
    value = value * 10 + (byte - 0x30)
    digits++
  }
  return undefined
}

/** Proportional set size of /proc/PID/smaps_rollup in bytes; undefined where the line is missing. */
export function parsePss(text: string): number | undefined {
  const match = /^Pss:\s+(\d+) kB$/m.exec(text)
  return match === null ? undefined : Number(match[1]) * 1024
}

/** First number of /proc/PID/schedstat: ns that the first thread has run; 0 where the kernel does not count. */
export function parseRunTime(bytes: Buffer, length: number): number {
  let value = 0
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x30 || byte > 0x39) return value
    value = value * 10 + (byte - 0x30)
  }
  return 0
}
