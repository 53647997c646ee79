import { type Identity, identityKey } from '../core/process/identity.ts'

type Fields = Readonly<Record<string, unknown>>

/** Whether two JSON values are the same; a member that is undefined counts as absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]))
  }
  return everyMember(a as Fields, b as Fields) && everyMember(b as Fields, a as Fields)
}

const everyMember = (a: Fields, b: Fields): boolean =>
  Object.keys(a).every((key) => equalJson(a[key], Object.hasOwn(b, key) ? b[key] : undefined))

/** `previous` itself when `next` says the same, so that a reader may compare with ===. */
export const keepEqual = <P, N extends P>(previous: P, next: N): P | N => (equalJson(previous, next) ? previous : next)

/** A list of processes in which each one that did not change is the previous object; the previous list when none did. */
export function keepEqualProcesses<T extends Identity>(previous: readonly T[], next: readonly T[]): readonly T[] {
  let byKey: Map<string, T> | undefined
  const find = (process: T, index: number): T | undefined => {
    const sameRow = previous[index]
    if (sameRow?.pid === process.pid) return sameRow
    byKey ??= new Map(previous.map((known) => [identityKey(known), known]))
    return byKey.get(identityKey(process))
  }
  const shared = next.map((process, index) => (previous[index] === process ? process : keepEqual(find(process, index) ?? process, process)))
  return shared.length === previous.length && shared.every((process, index) => process === previous[index]) ? previous : shared
}
