export type Labels = Readonly<Record<string, string>>
export type Sample = readonly [Labels, number]

/** Some metric with its values now. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly samples: readonly Sample[]
}

const NO_LABELS: Labels = {}

export const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name: `tsupervise_${name}`,
  help,
  type: 'gauge',
  samples
})
export const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...gauge(name, help, samples),
  type: 'counter'
})
export const only = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [[NO_LABELS, value]])
export const yes = (is: boolean): number => (is ? 1 : 0)
