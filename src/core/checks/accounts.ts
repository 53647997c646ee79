import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { factFrom } from './process-view.ts'
import type { Principal, Rule } from './rule.ts'

type Database = 'passwd' | 'group'

/** The users and groups that rules name, looked up. */
export interface Accounts {
  /** undefined: there is no such user or group. */
  id(field: 'user' | 'group', name: string): number | undefined
  /** Whether a number is listed. */
  isListed(field: 'user' | 'group', id: number): boolean
}

const NOBODY: Accounts = { id: () => undefined, isListed: () => false }

const DATABASE: Readonly<Record<'user' | 'group', Database>> = { user: 'passwd', group: 'group' }

/**
 * Looks in `etc`, the folder beside /proc. A recorded tree without one, and what is not listed in files, is asked of this
 * machine's name service.
 */
export async function resolveAccounts(rules: readonly Rule[], etc: string): Promise<Accounts> {
  const wanted = rules.flatMap(({ tests }) =>
    tests.flatMap(({ condition }) => (condition.field === 'user' || condition.field === 'group' ? [condition] : []))
  )
  if (wanted.every(({ who }) => who.kind === 'ids')) return NOBODY
  const ids = new Map<string, number>()
  const listed = new Set<string>()
  const texts = new Map<Database, string | undefined>()
  for (const { field, who } of wanted) {
    const key = keyOf(who)
    if (key === undefined) continue
    const database = DATABASE[field]
    if (!texts.has(database)) texts.set(database, textOf(join(etc, database)))
    const entry = entryIn(texts.get(database) ?? '', key, who.kind) ?? (await askSystem(database, key, etc, texts.get(database)))
    const id = Number(entry?.[2])
    if (entry === undefined || !Number.isInteger(id)) continue
    ids.set(`${field} ${key}`, id)
    if (String(id) === key) listed.add(`${field} ${id}`)
  }
  return { id: (field, name) => ids.get(`${field} ${name}`), isListed: (field, id) => listed.has(`${field} ${id}`) }
}

const keyOf = (who: Principal): string | undefined => (who.kind === 'ids' ? undefined : who.kind === 'id' ? String(who.id) : who.name)

/** passwd(5), group(5): the entry with this name, or with this number. */
function entryIn(text: string, key: string, kind: 'id' | 'name' | 'ids'): readonly string[] | undefined {
  const at = kind === 'name' ? 0 : 2
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .find((entry) => entry.length >= 3 && entry[at] === key)
}

/** A tree with accounts of its own is complete; else whatever this machine's name service knows (LDAP, ...). */
async function askSystem(database: Database, key: string, etc: string, text: string | undefined): Promise<readonly string[] | undefined> {
  if (etc !== '/etc' && text !== undefined) return undefined
  const { systemDirectory } = await import('../spawn/users.ts')
  return systemDirectory(database, key)
}

function textOf(path: string): string | undefined {
  const text = factFrom(() => readFileSync(path, 'utf8'))
  return text.kind === 'known' ? text.value : undefined
}
