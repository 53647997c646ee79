import { constants } from 'node:os'
import type { OrphanTerms, SignalName } from '../settings.ts'

const REAL_TIME = /^SIGRTMIN(\+([1-9]|[12]\d|30))?$/
const ENDS_NOTHING: ReadonlySet<string> = new Set(['SIGSTOP', 'SIGCONT'])

/** Whether this system has such a signal, which may end a process. */
export const isEndingSignal = (name: string): name is SignalName =>
  (Object.hasOwn(constants.signals, name) || REAL_TIME.test(name)) && !ENDS_NOTHING.has(name)

/** Why these terms cannot be; undefined: they can. They may come from outside. */
export function invalidTerms({ signal, graceMs, scope }: Partial<Readonly<Record<keyof OrphanTerms, unknown>>>): string | undefined {
  if (typeof signal !== 'string' || !isEndingSignal(signal)) {
    return `signal: found ${JSON.stringify(signal)}, expected a signal that can end a process, such as SIGTERM`
  }
  if (typeof graceMs !== 'number' || !Number.isFinite(graceMs) || graceMs < 0) {
    return `graceMs: found ${JSON.stringify(graceMs)}, expected milliseconds from 0 on`
  }
  return scope === 'child' || scope === 'tree' ? undefined : `scope: found ${JSON.stringify(scope)}, expected child or tree`
}
