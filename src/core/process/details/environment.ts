import { statSync } from 'node:fs'
import { errnoOf, failure, type Result, success } from '../../errors.ts'
import { type Redact, redactArguments } from '../../output/redact.ts'
import type { Identity } from '../identity.ts'
import type { ProcReader } from '../proc-reader.ts'

/** Who wants to see an environment. */
export interface EnvironmentRequest {
  readonly target: Identity
  /** The supervisor's own uid and root see what the supervisor sees, others only what is wholly theirs. */
  readonly uid: number
}

/** Variables shown at once. */
const MOST = 4096

/** The environment that a process began with, redacted: shown only to who asks for it. Errors: EPERM, ESRCH. */
export function readEnvironment(
  { target, uid }: EnvironmentRequest,
  { reader, redact, ownUid }: { readonly reader: ProcReader; readonly redact: Redact; readonly ownUid: number }
): Result<readonly string[]> {
  const { pid, startTime } = target
  // as text at once: the next read overwrites the bytes
  const environ = reader.environ(pid)?.toString('utf8')
  const uids = reader.status(pid)?.uids
  // root's, where the process came from another user or from a privileged program
  const owner = ownerOf(`${reader.root}/${pid}/environ`)
  // last: what was read is this process' own
  if (reader.stat(pid)?.startTime !== startTime) return failure('ESRCH', `process ${pid} has ended`)
  const allowed = uid === 0 || uid === ownUid || (owner === uid && uids !== undefined && uids.every((own) => own === uid))
  if (!allowed) return failure('EPERM', `uid ${uid} may not see the environment of process ${pid}`)
  if (environ === undefined) return failure('EPERM', `the environment of process ${pid} cannot be read`)
  const variables = environ.split('\0')
  return success(redactArguments(variables.filter((variable) => variable !== '').slice(0, MOST), redact))
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
