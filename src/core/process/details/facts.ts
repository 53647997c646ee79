import type { ProcessFlag } from './flags.ts'
import type { BinaryProperties } from './properties.ts'
import type { Credentials } from './status-facts.ts'

/** Of loginuid when nobody has logged in; proc_pid_loginuid(5). */
export const UNSET_AUID = 4294967295

/** What one image of a process is; undefined: could not be read. Shared by the image and its clones, never changed. */
export interface ProcessFacts {
  /** `[comm]` for a kernel thread. */
  readonly binary: string | undefined
  /** Without argv[0], redacted, at most 4096 bytes; process cache: arguments. */
  readonly arguments: string | undefined
  readonly cwd: string | undefined
  readonly credentials: Credentials | undefined
  /** Login user id; UNSET_AUID: nobody has logged in. */
  readonly auid: number | undefined
  readonly properties: BinaryProperties | undefined
  /** Short id; undefined: none that is known. */
  readonly container: string | undefined
  /** Of the process that was read, in its innermost pid namespace; undefined: it is in none of its own. */
  readonly innerPid: number | undefined
  /** How these were found, besides where the image came from. */
  readonly flags: readonly ProcessFlag[]
}

/** Facts are shared by images and given away: nobody can change them. */
export function frozen(facts: ProcessFacts): ProcessFacts {
  for (const part of [facts.flags, facts.properties, facts.properties?.privilegesChanged, facts.properties?.unlinked]) Object.freeze(part)
  return Object.freeze(facts)
}

/** Of an image that ended, or was replaced, before it could be looked at. */
export const MISSED: ProcessFacts = frozen({
  binary: undefined,
  arguments: undefined,
  cwd: undefined,
  credentials: undefined,
  auid: undefined,
  properties: undefined,
  container: undefined,
  innerPid: undefined,
  flags: ['miss']
})

/** Binary and arguments as one line; the same as a command line but for the quotes. */
export const commandOfFacts = ({ binary = 'unknown', arguments: words }: Pick<ProcessFacts, 'binary' | 'arguments'>): string =>
  words === undefined || words === '' ? binary : `${binary} ${words.trimStart()}`
