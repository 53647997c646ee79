const NANOSECONDS = 1_000_000_000n

/** Nanoseconds since boot of a start time in clock ticks; process cache: execution id. BigInt: it passes 2^53 after 104 days. */
export const ktimeOfStart = (startTime: number, ticksPerSecond: number): bigint =>
  BigInt(startTime) * (NANOSECONDS / BigInt(ticksPerSecond))

/**
 * Names one image of one process: padded base64 of `node:ktime:pid`, ktime in nanoseconds since boot (CLOCK_BOOTTIME)
 * of the clone or exec that made it; process cache: execution id.
 */
export const execIdOf = (node: string, ktime: bigint, pid: number): string =>
  Buffer.from(`${node}:${ktime}:${pid}`, 'utf8').toString('base64')

/** The ktime in an execution id; undefined: it is none. The name of the node may hold colons. */
export function ktimeOfExecId(execId: string): bigint | undefined {
  const match = /:(\d{1,20}):\d+$/.exec(Buffer.from(execId, 'base64').toString('utf8'))
  return match?.[1] === undefined ? undefined : BigInt(match[1])
}
