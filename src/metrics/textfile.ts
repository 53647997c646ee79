import { rename, unlink, writeFile } from 'node:fs/promises'
import { errnoOf, type Failure } from '../core/errors.ts'
import type { Cancel, Clock } from '../core/ports.ts'

export interface TextfileOptions {
  readonly path: string
  readonly clock: Clock
  /** Between two writes, ms. */
  readonly periodMs: () => number
  readonly render: () => Promise<string>
  /** Once when it begins to fail, until it works again. */
  readonly onProblem: (failure: Failure) => void
}

/** Writes the metrics to a file again and again; whoever reads it sees one of them whole. Taken away at the end. */
export function writeTextfile({ path, clock, periodMs, render, onProblem }: TextfileOptions): { close(): Promise<void> } {
  const temporary = `${path}.${process.pid}.tmp`
  let cancel: Cancel = () => undefined
  let underWay: Promise<void> = Promise.resolve()
  let failing = false
  let closed = false

  const write = async (): Promise<void> => {
    try {
      await writeFile(temporary, await render(), { mode: 0o644 })
      await rename(temporary, path)
      failing = false
    } catch (error) {
      const code = errnoOf(error)
      if (code === undefined) throw error
      if (!failing) onProblem({ code, message: `the metrics cannot be written to ${path}: ${code}` })
      failing = true
    }
    if (!closed) cancel = clock.after(periodMs(), begin)
  }
  const begin = (): void => {
    underWay = write()
  }
  begin()

  return {
    async close() {
      closed = true
      cancel()
      await underWay
      await Promise.all([path, temporary].map(remove))
    }
  }
}

/** Figures of a run that has ended would be taken for those of one that goes on. */
async function remove(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}
