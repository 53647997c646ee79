import { safeJson } from '../../core/output/escape.ts'

/** Whether the reader of our stdout has gone, as `head` does. */
export interface Output {
  /** One line as it is; the caller has escaped what came from outside. */
  line(text: string): void
  /** Any JSON value, indented for a person on a terminal, else on one line. */
  json(value: unknown): void
  /** Resolves when nobody reads any more. */
  readonly closed: Promise<void>
}

/** Our stdout. A reader that goes away ends the output and is no error. */
export function openOutput(): Output {
  const { stdout } = process
  const closed = Promise.withResolvers<void>()
  stdout.on('error', () => closed.resolve())
  const line = (text: string): void => void stdout.write(`${text}\n`)
  return {
    line,
    json: (value) => line(stdout.isTTY ? indented(value) : safeJson(value)),
    closed: closed.promise
  }
}

/** JSON over several lines, in which nothing reaches the terminal that it would act on; the same value when parsed. */
const indented = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(/[^\x20-\x7e\n]/gu, (character) => safeJson(character).slice(1, -1))

/** Columns of the terminal; without one, nothing is cut. */
export const outputWidth = (): number => (process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY)
