/** auxv keys of getauxval(3). */
const AT_PAGESZ = 6n
const AT_CLKTCK = 17n

export interface KernelUnits {
  readonly pageBytes: number
  /** Of the times in /proc/PID/stat. */
  readonly ticksPerSecond: number
}

/** Page size and clock ticks from the bytes of /proc/self/auxv: pairs of 64-bit words; 4096 and 100 where they are missing. */
export function parseAuxv(bytes: Buffer): KernelUnits {
  let pageBytes = 4096
  let ticksPerSecond = 100
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const key = bytes.readBigUInt64LE(at)
    const value = Number(bytes.readBigUInt64LE(at + 8))
    if (key === AT_PAGESZ && value > 0) pageBytes = value
    if (key === AT_CLKTCK && value > 0) ticksPerSecond = value
  }
  return { pageBytes, ticksPerSecond }
}
