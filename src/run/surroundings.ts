import type { Surroundings } from '../config/find.ts'

/** Where this process was started, and as whom. */
export const surroundings = (): Surroundings => ({ cwd: process.cwd(), env: process.env, uid: process.geteuid?.() ?? 0 })
