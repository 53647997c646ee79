/** What one attempt of a check found. */
export type ProbeResult = { readonly healthy: true } | { readonly healthy: false; readonly detail: string }

export const unhealthy = (detail: string): ProbeResult => ({ healthy: false, detail })
