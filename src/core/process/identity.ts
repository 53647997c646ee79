/**
 * A process that cannot be mistaken for another one with the same number:
 * the pid and the start time, in clock ticks since boot (proc(5), /proc/pid/stat field 22).
 * Valid on one boot and in one pid namespace; `DurableIdentity` is for what leaves memory.
 */
export interface Identity {
  readonly pid: number
  readonly startTime: number
}

export interface DurableIdentity extends Identity {
  /** /proc/sys/kernel/random/boot_id */
  readonly boot: string
  /** Inode of /proc/self/ns/pid. */
  readonly pidNamespace: string
}

export const sameProcess = (a: Identity, b: Identity): boolean => a.pid === b.pid && a.startTime === b.startTime

/** A key for maps; unique for one boot. */
export const identityKey = (identity: Identity): string => `${identity.pid}:${identity.startTime}`
