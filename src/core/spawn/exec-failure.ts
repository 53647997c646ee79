import { existsSync } from 'node:fs'
import type { Failure } from '../errors.ts'
import type { NodeSettings } from '../settings.ts'
import { findProgram, interpreterOf } from './lookup.ts'

/**
 * Names why the program could not run, from the status of the gate (as of exec in a shell) and a look at the file:
 * ENOENT (no such program, or its interpreter is missing), EACCES, EISDIR, ENOEXEC.
 */
export function execFailure(status: number, settings: Pick<NodeSettings, 'argv' | 'env' | 'cwd'>, shellSaid: string): Failure {
  const name = JSON.stringify(settings.argv[0])
  const program = findProgram(settings)
  if (program.kind === 'missing') return { code: 'ENOENT', message: missing(name, program.searched, settings.cwd) }
  if (program.kind === 'not-executable') return notExecutable(program.path)
  if (program.kind === 'folder') return { code: 'EISDIR', message: `${program.path} is a folder, not a program` }
  if (status === 127) return notFound(name, program.path)
  if (status === 126) return refused(name, program.path, shellSaid)
  return { code: 'setup-failed', message: `the gate of ${name} ended with ${status}: ${shellSaid || 'it said nothing'}` }
}

const missing = (name: string, searched: string, cwd: string): string =>
  searched === ''
    ? `there is no program ${name} (seen from ${cwd}); correct the command`
    : `there is no program ${name} in PATH (${searched}); install it, or give its full path`

/** The file is there, so what the kernel did not find is what runs it. */
function notFound(name: string, path: string): Failure {
  const interpreter = interpreterOf(path)
  if (interpreter !== undefined && !existsSync(interpreter)) {
    return { code: 'ENOENT', message: `${path} names the interpreter ${interpreter} in its first line, which does not exist; install it` }
  }
  if (interpreter !== undefined) return { code: 'ENOENT', message: `the interpreter ${interpreter} of ${path} cannot be run` }
  return {
    code: 'ENOENT',
    message: `${name} is at ${path}, but its loader (as \`file ${path}\` shows) is missing, or its user cannot see it`
  }
}

const notExecutable = (path: string): Failure => ({
  code: 'EACCES',
  message: `${path} may not be executed; chmod +x it, or start it with its interpreter`
})

function refused(name: string, path: string, shellSaid: string): Failure {
  if (/exec format|cannot execute binary/i.test(shellSaid)) {
    return { code: 'ENOEXEC', message: `${path} is no program for this machine, and no script with a \`#!\` line` }
  }
  return { code: 'EACCES', message: `the user of ${name} may not execute ${path}${shellSaid === '' ? '' : `: ${shellSaid}`}` }
}
