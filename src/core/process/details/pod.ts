/** What a cluster tells of the container that a process is in; process cache: pod. */
export interface PodFacts {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly workload: string
  readonly workloadKind: string
  readonly container: {
    /** With its runtime: `containerd://551e161c...`. */
    readonly id: string
    readonly name: string
    readonly image: string
    readonly imageId: string
    /** ISO 8601; undefined: it was not told. */
    readonly startedAt: string | undefined
  }
}
