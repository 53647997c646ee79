import { resolve } from 'node:path/posix'

const DELETED = ' (deleted)'

/** What stat(2) of /proc/PID/exe told of the file that runs. */
export interface BinaryFile {
  /** Decimal: it may pass 2^53. */
  readonly inode: string
  readonly links: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/**
 * The path of the program from the link /proc/PID/exe, to which the kernel adds ` (deleted)` when that name is gone. A file may be
 * called so itself: `isOwnName` is asked whether the path, suffix and all, is this very file.
 */
export function binaryPath(link: string, links: number, isOwnName: () => boolean): string {
  if (!link.endsWith(DELETED)) return link
  return links > 0 && isOwnName() ? link : link.slice(0, -DELETED.length)
}

/** A program as it was named, made absolute; for those whose link may not be read. undefined: a name alone says nothing of where it was found. */
export function namedBinary(argument: string | undefined, cwd: string | undefined): string | undefined {
  if (argument === undefined || !argument.includes('/')) return undefined
  if (argument.startsWith('/')) return resolve(argument)
  return cwd === undefined ? undefined : resolve(cwd, argument)
}
