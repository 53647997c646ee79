import { UserError } from './core/errors.ts'

/** What a person needs to know of an error, and the exit code: a UserError without a stack, everything else is ours to mend. */
export function reportError(error: unknown): number {
  if (error instanceof UserError) {
    console.error(error.message.replace(/^/gm, 'tsupervise: '))
    if (error.next !== undefined) console.error(error.next)
    return error.exitCode
  }
  console.error('tsupervise: this is a bug, please report it:')
  console.error(error)
  return 70
}
