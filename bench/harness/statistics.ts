/** The value below which `share` (0..1) of the values lie; nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Three significant digits. */
export const figure = (value: number): string => (Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : '-')
