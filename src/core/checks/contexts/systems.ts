import { apparmor } from './apparmor.ts'
import type { SecuritySystem } from './security-system.ts'
import { selinux } from './selinux.ts'

/** All that are known. */
export const SECURITY_SYSTEMS: readonly SecuritySystem[] = [selinux, apparmor]
