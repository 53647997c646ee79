import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import type { Credentials } from '../settings.ts'

/** Whom a child runs as; numbers only, so that nothing is looked up twice. */
export interface Who {
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** `initgroups`: those that the system lists for uid. */
  readonly groups: { readonly kind: 'keep' } | { readonly kind: 'initgroups' } | { readonly kind: 'list'; readonly gids: readonly number[] }
}

/** Finds lines of passwd(5) and group(5) by name or number; undefined: no such entry. */
export type Directory = (database: 'passwd' | 'group', key: string) => readonly string[] | undefined

const NUMBER = /^\d{1,10}$/
const LARGEST_ID = 4_294_967_294

/**
 * Resolves the credentials of a node; undefined: as the supervisor. Errors: no-such-user, no-such-group,
 * EPERM (only root may become somebody else).
 */
export function resolveWho(
  credentials: Credentials,
  directory: Directory = systemDirectory,
  ownUid: number | undefined = process.geteuid?.()
): Result<Who | undefined> {
  const { user, group, supplementaryGroups } = credentials
  if (user === undefined && group === undefined && supplementaryGroups === undefined) return success(undefined)
  const person = user === undefined ? success(undefined) : findUser(user, directory)
  if (!person.ok) return person
  const main = group === undefined ? success(undefined) : findGroup(group, directory)
  if (!main.ok) return main
  const listed: number[] = []
  for (const name of supplementaryGroups ?? []) {
    const found = findGroup(name, directory)
    if (!found.ok) return found
    listed.push(found.value)
  }
  if (person.value !== undefined && person.value.gid === undefined && main.value === undefined) {
    return failure('no-such-group', `user ${user} is not listed, so its group is unknown; name one with \`group\``)
  }
  const uid = person.value?.uid
  const onlyOneself = uid === ownUid && group === undefined && supplementaryGroups === undefined
  if (onlyOneself && ownUid !== 0) return success(undefined)
  if (ownUid !== 0) return failure('EPERM', `only root can start a program as ${describe(credentials)}; run the supervisor as root`)
  return success({ uid, gid: main.value ?? person.value?.gid, groups: groupsOf(supplementaryGroups && listed, person.value) })
}

function groupsOf(listed: readonly number[] | undefined, person: Person | undefined): Who['groups'] {
  if (listed !== undefined) return { kind: 'list', gids: listed }
  if (person === undefined) return { kind: 'keep' }
  return person.known ? { kind: 'initgroups' } : { kind: 'list', gids: [] }
}

interface Person {
  readonly uid: number
  readonly gid: number | undefined
  /** Listed in the user database. */
  readonly known: boolean
}

function findUser(key: string, directory: Directory): Result<Person> {
  const entry = directory('passwd', key)
  const uid = idIn(entry?.[2])
  if (uid !== undefined) return success({ uid, gid: idIn(entry?.[3]), known: true })
  const number = idIn(key)
  if (number !== undefined) return success({ uid: number, gid: undefined, known: false })
  return failure('no-such-user', `there is no user ${JSON.stringify(key)}; create it, or name another with \`user\``)
}

/** The number of a group by name or number. Error: no-such-group. */
export function findGroup(key: string, directory: Directory = systemDirectory): Result<number> {
  const gid = idIn(directory('group', key)?.[2]) ?? idIn(key)
  if (gid !== undefined) return success(gid)
  return failure('no-such-group', `there is no group ${JSON.stringify(key)}; create it, or name another with \`group\``)
}

function idIn(text: string | undefined): number | undefined {
  if (text === undefined || !NUMBER.test(text)) return undefined
  const id = Number(text)
  return id <= LARGEST_ID ? id : undefined
}

const describe = ({ user, group, supplementaryGroups }: Credentials): string =>
  [user && `user ${user}`, group && `group ${group}`, supplementaryGroups && `groups ${supplementaryGroups.join(', ') || 'none'}`]
    .filter(Boolean)
    .join(', ')

/** The files of this machine first, then whatever else its name service knows (LDAP, ...), by getent(1). */
export const systemDirectory: Directory = (database, key) =>
  entryIn(textOf(`/etc/${database}`), key) ?? entryIn(askGetent(database, key), key)

/** The entry whose name, or else whose number, is `key`. Lines of another shape are passed over. */
export function entryIn(text: string, key: string): readonly string[] | undefined {
  const entries = text.split('\n').map((line) => line.split(':'))
  return entries.find((entry) => entry.length >= 3 && entry[0] === key) ?? entries.find((entry) => entry.length >= 3 && entry[2] === key)
}

/** The name of a user of this machine; asks nobody else, so that it never takes long. */
export const localUserName = (uid: number): string | undefined => entryIn(textOf('/etc/passwd'), String(uid))?.[0]

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) !== undefined) return ''
    throw error
  }
}

function askGetent(database: string, key: string): string {
  if (key.startsWith('-')) return ''
  const answer = spawnSync('getent', [database, key], { encoding: 'utf8', timeout: 2000, stdio: ['ignore', 'pipe', 'ignore'] })
  return answer.status === 0 ? answer.stdout : ''
}
