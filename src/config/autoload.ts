import { basename, dirname, resolve } from 'node:path'
import type { Source } from '../core/settings.ts'
import type { Problem } from './problem.ts'

export interface AutoloadedExtension {
  /** From the file name, made unique. */
  readonly name: string
  readonly path: string
  readonly source: Source
}

const MAX_EXTENSIONS = 1000

/** osquery's extensions_autoload: one path a line, `#` comments; a relative path counts from the folder of the file. */
export function parseAutoload(
  source: string,
  file: string,
  taken: ReadonlySet<string>,
  problems: Problem[]
): readonly AutoloadedExtension[] {
  const names = new Set(taken)
  const extensions: AutoloadedExtension[] = []
  for (const [index, raw] of source.split(/\r\n|\n|\r/).entries()) {
    const text = raw.trim()
    if (text === '' || text.startsWith('#')) continue
    const line = index + 1
    if (extensions.length === MAX_EXTENSIONS) {
      problems.push({ place: { name: file, line }, message: `more than ${MAX_EXTENSIONS} extensions` })
      break
    }
    const name = uniqueName(basename(text), names)
    names.add(name)
    extensions.push({ name, path: resolve(dirname(file), text), source: { kind: 'file', file, line, column: 1 } })
  }
  return extensions
}

function uniqueName(from: string, taken: ReadonlySet<string>): string {
  const name = from.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 56) || 'extension'
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (!taken.has(candidate)) return candidate
  }
}

/** How osquery starts an extension. */
export interface AutoloadCall {
  readonly socket: string
  readonly timeoutSeconds: number
  readonly intervalSeconds: number
  readonly verbose: boolean
}

/** `PATH --socket SOCKET --timeout N --interval N [--verbose]`. */
export const autoloadArguments = (path: string, call: AutoloadCall): readonly string[] => [
  path,
  '--socket',
  call.socket,
  '--timeout',
  String(call.timeoutSeconds),
  '--interval',
  String(call.intervalSeconds),
  ...(call.verbose ? ['--verbose'] : [])
]
