import type { Member } from './member.ts'
import type { ProcReader } from './proc-reader.ts'

/** Members read in one go. */
const PORTION = 500

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Sum of the proportional set sizes, bytes; undefined where one cannot be read. `look` brings a member up to date. */
export async function sumPss(
  members: readonly Member[],
  by: { readonly reader: ProcReader; readonly look: (member: Member) => void }
): Promise<number | undefined> {
  let sum = 0
  let read = 0
  for (const member of members) {
    if (member.phase !== 'alive') continue
    const bytes = pssOf(member, by)
    if (bytes === undefined) return undefined
    sum += bytes
    if (++read % PORTION === 0) await nextTurn()
  }
  return sum
}

function pssOf(member: Member, { reader, look }: Parameters<typeof sumPss>[1]): number | undefined {
  const bytes = reader.pss(member.pid)
  if (bytes !== undefined) return bytes
  look(member)
  if (member.phase !== 'alive') return 0
  // at its end, or between two programs, a process has no memory map for a moment
  return reader.pss(member.pid) ?? (member.sample.rssBytes === 0 ? 0 : undefined)
}
