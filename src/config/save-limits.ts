import { isDeepStrictEqual } from 'node:util'
import { failure, type Result, success } from '../core/errors.ts'
import { readConfigText } from './config-text.ts'
import type { Problem } from './problem.ts'
import { isStrictJson, writeSetting } from './write-setting.ts'

/** A setting to be written: its path in the file, and the value as a person would write it. */
export interface SavedSetting {
  readonly path: readonly string[]
  readonly value: string | number
}

/**
 * The text of a configuration file with these settings in it; comments, order and everything else stay as they are. Errors:
 * `not-in-file` (the node is not written there itself), `not-valid` (the file is not, or would then say something else too).
 */
export function withSettings(source: string, file: string, settings: readonly SavedSetting[]): Result<string> {
  const before = plainConfig(source, file)
  if (!before.ok) return before
  const json = isStrictJson(source)
  let text = source
  for (const { path, value } of settings) {
    const written = writeSetting(text, path, value, json)
    if (!written.ok) return written
    text = written.value
  }
  const after = plainConfig(text, file)
  if (after.ok && isDeepStrictEqual(without(before.value, settings), without(after.value, settings))) return success(text)
  return failure('not-valid', `${file} cannot be changed here without changing more than that; nothing was written`)
}

function plainConfig(source: string, file: string): Result<unknown> {
  const problems: Problem[] = []
  const { located } = readConfigText(source, file, problems)
  if (problems.length > 0) return failure('not-valid', `${file} is not valid; nothing was written`)
  return success(structuredClone(located.value))
}

/** A copy without these settings, and without the maps that held nothing else. */
function without(config: unknown, settings: readonly SavedSetting[]): unknown {
  const copy: unknown = structuredClone(config)
  for (const { path } of settings) prune(copy, path)
  return copy
}

function prune(at: unknown, [step, ...rest]: readonly string[]): void {
  if (typeof at !== 'object' || at === null || step === undefined) return
  const map = at as Record<string, unknown>
  const inner = map[step]
  if (rest.length > 0) prune(inner, rest)
  const isEmptyMap = typeof inner === 'object' && inner !== null && Object.keys(inner).length === 0
  if (rest.length === 0 || isEmptyMap) delete map[step]
}
