import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, UserError } from '../core/errors.ts'

/** Writes all of it, or throws: what nobody got to read must not pass for a success. */
export function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      // a pipe that another process made non-blocking, and whose reader is slow
      if (errnoOf(error) !== 'EAGAIN') throw refused('the output cannot be written', error)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

/** Replaces the file as a whole: a reader finds the old text or the new one. The temporary file has a name that no collector reads. */
export function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${process.hrtime.bigint()}.tmp`)
  let descriptor: number | undefined
  try {
    descriptor = openSync(temporary, 'wx', 0o644)
    writeAll(descriptor, text)
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(temporary, path)
  } catch (error) {
    if (descriptor !== undefined) rmSync(temporary, { force: true })
    throw error instanceof UserError ? error : refused(`${path} cannot be written`, error)
  }
}

function refused(what: string, error: unknown): UserError {
  const code = errnoOf(error)
  if (code === undefined) throw error
  return new UserError(`${what}: ${code}`, { exitCode: 3 })
}
