import { nodeName } from '../config/special-values.ts'
import { UserError } from '../core/errors.ts'

/** A supervisor as `attach` is told of it. */
export type Target =
  | { readonly kind: 'default' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'socket'; readonly path: string }
  /** Through ssh; `name` undefined: the only one that runs there. */
  | { readonly kind: 'host'; readonly host: string; readonly name: string | undefined }

/** What ssh may be given as its destination: no option, no control characters, nothing that a shell would look at. */
const DESTINATION =
  /^(?:[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}@)?(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f:]{2,39}(?:%[A-Za-z0-9._-]{1,32})?)$/

/**
 * `web`: by name; `/run/x.sock`, `./x.sock`: by socket; `user@host`, `user@host:web`, `host:`, `host:web`, `user@[::1]:web`: by ssh.
 * Throws UserError for everything else, host names that begin with `-` above all.
 */
export function readTarget(word: string): Target {
  if (word.includes('/')) return { kind: 'socket', path: word }
  const [, bracketed, plain, name] = /^(?:((?:[^@[\]]+@)?\[[^\]]*\])|([^:]*))(?::(.*))?$/s.exec(word) ?? []
  const host = bracketed?.replace(/[[\]]/g, '') ?? plain
  const isHost = word.includes('@') || name !== undefined || bracketed !== undefined
  if (!isHost) return { kind: 'name', name: checkedName(word, word) }
  if (host === undefined || !DESTINATION.test(host)) throw wrong(word)
  return { kind: 'host', host, name: name === undefined || name === '' ? undefined : checkedName(name, word) }
}

function checkedName(name: string, word: string): string {
  if (nodeName.read(name) === undefined || name.startsWith('-')) throw wrong(word)
  return name
}

const wrong = (word: string): UserError =>
  new UserError(`'${word.slice(0, 80)}' names no supervisor`, {
    next: 'Expected NAME, a path with a slash, user@host, user@host:NAME, host: or host:NAME. Host names cannot begin with -.'
  })

/** How a target is called on the screen, short and unlike the others. */
export function labelOf(target: Exclude<Target, { kind: 'default' }>): string {
  if (target.kind === 'name') return target.name
  if (target.kind === 'socket') return target.path.replace(/^.*\//, '').replace(/\.sock$/, '') || target.path
  const host = target.host.replace(/^[^@]*@/, '')
  return target.name === undefined ? host : `${host}:${target.name}`
}

/** Labels that would be taken for one another get a number; labels hold no slash, which stands before the node. */
export function distinctLabels(labels: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return labels.map((label) => {
    const plain = label.replaceAll('/', '_')
    const count = (seen.get(plain) ?? 0) + 1
    seen.set(plain, count)
    return count === 1 ? plain : `${plain}#${count}`
  })
}
