/**
 * The reference loop as the document describes it, written as the loop that it is: variables, one pass after the other.
 * It shares nothing with the code that it is held against.
 */
export interface ReferenceFlags {
  memoryLimitMb: number
  utilizationLimit: number
  latencyLimitS: number
  respawnLimit: number
  respawnDelayS: number
  maxDelayS: number
  delayS: number
  cpus: number
}

const INTERVAL_S = 3

export class ReferenceWatcher {
  lastCpuMs = 0
  sustainedLatency = 0
  initialFootprint = -1
  counter = 0
  workerStartS = 0
  readonly flags: ReferenceFlags

  constructor(flags: ReferenceFlags) {
    this.flags = flags
  }

  /** One check of a living process: why it is broken, if it is, and whether it is stopped for that. */
  pass(nowS: number, cpuMs: number, rssBytes: number): 'cpu' | 'memory' | undefined {
    const { utilizationLimit, latencyLimitS, memoryLimitMb, delayS, cpus } = this.flags
    let percent = utilizationLimit
    if (percent > 100) percent = 100
    const allowed = (percent / 100) * (INTERVAL_S * 1000) * cpus
    const used = cpuMs - this.lastCpuMs
    if (used > allowed) this.sustainedLatency += 1
    else this.sustainedLatency = 0
    this.lastCpuMs = cpuMs
    if (this.initialFootprint < 0) this.initialFootprint = rssBytes
    let footprint = rssBytes - this.initialFootprint
    if (footprint < 0) footprint = 0
    let broken: 'cpu' | 'memory' | undefined
    if (footprint > memoryLimitMb * 1024 * 1024) broken = 'memory'
    if (this.sustainedLatency > 0 && this.sustainedLatency * INTERVAL_S >= latencyLimitS) broken = 'cpu'
    if (nowS < this.workerStartS + delayS) return undefined
    return broken
  }

  /** The parent is not the supervisor: the number was given away. */
  recycled(): void {
    this.sustainedLatency = 0
  }

  spawned(nowS: number): void {
    this.workerStartS = nowS
    this.lastCpuMs = 0
    this.sustainedLatency = 0
  }

  /** The process is not there: how long until the next spawn, or the end of the supervisor. */
  gone(livedS: number, status: number | undefined): { readonly exit: number } | { readonly waitS: number } {
    if (status === 78) return { exit: 78 }
    if (this.counter >= this.flags.respawnLimit) return { exit: 1 }
    if (livedS >= this.flags.respawnLimit) return { waitS: 0 }
    this.counter += 1
    const wait = this.flags.respawnDelayS + 2 ** this.counter
    return { waitS: Math.min(wait, this.flags.maxDelayS) }
  }
}
