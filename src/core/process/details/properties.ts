import type { BinaryFile } from './binary.ts'
import type { Credentials } from './status-facts.ts'

export type PrivilegeChange = 'file-capabilities' | 'setuid' | 'setgid'

/** What is special about the program that runs; process cache: binary properties. */
export interface BinaryProperties {
  /** The effective id that the exec raised to; undefined: it did not. */
  readonly setuid: number | undefined
  readonly setgid: number | undefined
  readonly privilegesChanged: readonly PrivilegeChange[]
  /** The file that has no name any more (unlinked, or made by memfd_create). */
  readonly unlinked: { readonly inode: string } | undefined
}

const S_ISUID = 0o4000
const S_ISGID = 0o2000
/** Without execution by the group it means mandatory locking. */
const S_IXGRP = 0o010
const AT_SECURE = 23n

export interface PropertyFacts {
  readonly file: BinaryFile
  readonly credentials: Credentials
  /** Whether the kernel marked the exec as privileged (AT_SECURE of getauxval(3)); undefined: could not be read. */
  readonly isSecure: () => boolean | undefined
}

/** undefined: what was needed could not be read, which is never the same as no. */
export function propertiesOf({ file, credentials, isSecure }: PropertyFacts): BinaryProperties | undefined {
  const { uid, euid, gid, egid, permitted, ambient } = credentials
  const setuid = (file.mode & S_ISUID) !== 0 && euid === file.uid && euid !== uid
  const setgid = (file.mode & S_ISGID) !== 0 && (file.mode & S_IXGRP) !== 0 && egid === file.gid && egid !== gid
  const beyondAmbient = uid !== 0 && (permitted & ~ambient) !== 0n
  // what a setuid root program may, it may as root
  const secure = beyondAmbient && !(setuid && euid === 0) ? isSecure() : false
  if (secure === undefined) return undefined
  const privilegesChanged: PrivilegeChange[] = []
  if (secure) privilegesChanged.push('file-capabilities')
  if (setuid) privilegesChanged.push('setuid')
  if (setgid) privilegesChanged.push('setgid')
  return {
    setuid: setuid ? euid : undefined,
    setgid: setgid ? egid : undefined,
    privilegesChanged,
    unlinked: file.links === 0 ? { inode: file.inode } : undefined
  }
}

/** AT_SECURE in the bytes of /proc/PID/auxv, pairs of 64-bit words; undefined: it is not there. */
export function secureOfAuxv(bytes: Buffer): boolean | undefined {
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    if (bytes.readBigUInt64LE(at) === AT_SECURE) return bytes.readBigUInt64LE(at + 8) !== 0n
  }
  return undefined
}

/** In words, for a person. */
export function describeProperties({ setuid, setgid, privilegesChanged, unlinked }: BinaryProperties): readonly string[] {
  return [
    ...(setuid === undefined ? [] : [`setuid ${setuid}`]),
    ...(setgid === undefined ? [] : [`setgid ${setgid}`]),
    ...(privilegesChanged.length === 0 ? [] : [`privileges_changed by ${privilegesChanged.join(', ')}`]),
    ...(unlinked === undefined ? [] : [`unlinked binary (inode ${unlinked.inode})`])
  ]
}
