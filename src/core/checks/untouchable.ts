import { type Identity, sameProcess } from '../process/identity.ts'

/** Who this process is to others. */
export interface OwnPlace {
  readonly pid: number
  readonly ancestors: readonly Identity[]
  /** Whether this is our guardian. */
  isGuardian(pid: number): boolean
}

/** Why nobody may have this process ended, whatever a rule says; undefined: it may be. */
export function whyUntouchable(target: Identity & { readonly isKernel: boolean }, own: OwnPlace): string | undefined {
  if (target.pid <= 1) return 'it is process 1'
  if (target.isKernel) return 'it is a kernel thread'
  if (target.pid === own.pid) return 'it is the supervisor'
  if (own.ancestors.some((ancestor) => sameProcess(ancestor, target))) return 'it is an ancestor of the supervisor'
  return own.isGuardian(target.pid) ? "it is the supervisor's guardian" : undefined
}

/** Parents up to the first process. `look`: start time and parent of a pid now. */
export function ancestorsOf(
  pid: number,
  look: (pid: number) => { readonly startTime: number; readonly ppid: number } | undefined
): readonly Identity[] {
  const found: Identity[] = []
  for (let next = look(pid)?.ppid ?? 0; next > 0 && found.length < 4096; ) {
    const stat = look(next)
    if (stat === undefined) break
    found.push({ pid: next, startTime: stat.startTime })
    next = stat.ppid
  }
  return found
}
