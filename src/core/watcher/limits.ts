const MEBIBYTE = 2 ** 20

/** CPU ms allowed in one interval: min(percent, 100) / 100 x interval x CPUs. */
export const cpuBudgetMs = (percent: number, intervalMs: number, cpus: number): number => (Math.min(percent, 100) / 100) * intervalMs * cpus

/** Growth above the baseline, bytes; never negative. */
export const memoryGrowth = (bytes: number, baseline: number): number => Math.max(0, bytes - baseline)

export interface CpuFigures {
  readonly usedMs: number
  readonly budgetMs: number
  readonly percent: number
  readonly intervalMs: number
  readonly cpus: number
  readonly inARow: number
  readonly sustainedMs: number
  readonly latencyMs: number
}

/** `CPU 3120 ms > 600 ms = 10% x 3000 ms x 2 CPUs, 4 checks in a row, 12 s >= 12 s` */
export function cpuArithmetic(figures: CpuFigures): string {
  const { usedMs, budgetMs, percent, intervalMs, cpus, inARow, sustainedMs, latencyMs } = figures
  const comparison = sustainedMs >= latencyMs ? '>=' : '<'
  const [used, budget] = apart(usedMs, budgetMs, 0)
  const [lasted, latency] = apart(sustainedMs / 1000, latencyMs / 1000, 1)
  return (
    `CPU ${used} ms > ${budget} ms = ${percent}% x ${Math.round(intervalMs)} ms x ${plural(cpus, 'CPU')}, ` +
    `${plural(inARow, 'check')} in a row, ${lasted} s ${comparison} ${latency} s`
  )
}

export interface MemoryFigures {
  readonly bytes: number
  readonly measure: 'rss' | 'pss'
  readonly baselineBytes: number
  readonly growthBytes: number
  readonly limitBytes: number
  readonly sustainedMs: number
  readonly latencyMs: number
}

/** `memory 340 MB - 120 MB baseline = 220 MB > 200 MB` */
export function memoryArithmetic(figures: MemoryFigures): string {
  const { bytes, measure, baselineBytes, growthBytes, limitBytes, sustainedMs, latencyMs } = figures
  const [lasted, latency] = apart(sustainedMs / 1000, latencyMs / 1000, 1)
  const window = latencyMs === 0 ? '' : `, ${lasted} s ${sustainedMs >= latencyMs ? '>=' : '<'} ${latency} s`
  const [growth, limit] = apart(growthBytes / MEBIBYTE, limitBytes / MEBIBYTE, 1)
  return (
    `memory ${mebibytes(bytes)} MB (${measure.toUpperCase()}) - ${mebibytes(baselineBytes)} MB baseline = ` +
    `${growth} MB > ${limit} MB${window}`
  )
}

const mebibytes = (bytes: number): string => rounded(bytes / MEBIBYTE, 1)

const rounded = (value: number, decimals: number): string => Number(value.toFixed(decimals)).toString()

/** Two different figures with as many decimals as tell them apart, so that 80.04 > 80 does not read as 80 > 80. */
function apart(a: number, b: number, decimals: number): readonly [string, string] {
  const pair = [rounded(a, decimals), rounded(b, decimals)] as const
  return pair[0] !== pair[1] || a === b || decimals >= 9 ? pair : apart(a, b, decimals + 1)
}

const plural = (count: number, noun: string): string => `${Number(count.toFixed(2))} ${noun}${count === 1 ? '' : 's'}`
