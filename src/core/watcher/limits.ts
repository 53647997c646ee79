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
  return (
    `CPU ${Math.round(usedMs)} ms > ${Math.round(budgetMs)} ms = ${percent}% x ${Math.round(intervalMs)} ms x ${plural(cpus, 'CPU')}, ` +
    `${plural(inARow, 'check')} in a row, ${seconds(sustainedMs)} ${comparison} ${seconds(latencyMs)}`
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
  const window = latencyMs === 0 ? '' : `, ${seconds(sustainedMs)} ${sustainedMs >= latencyMs ? '>=' : '<'} ${seconds(latencyMs)}`
  return (
    `memory ${mebibytes(bytes)} MB (${measure.toUpperCase()}) - ${mebibytes(baselineBytes)} MB baseline = ` +
    `${mebibytes(growthBytes)} MB > ${mebibytes(limitBytes)} MB${window}`
  )
}

/** One decimal below 100, so that 80.4 MB > 80 MB does not read as 80 > 80. */
const mebibytes = (bytes: number): string => {
  const value = bytes / MEBIBYTE
  return Number(value.toFixed(value < 1000 ? 1 : 0)).toString()
}

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`

const plural = (count: number, noun: string): string => `${Number(count.toFixed(2))} ${noun}${count === 1 ? '' : 's'}`
