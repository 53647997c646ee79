import { readConfigText } from '../config/config-text.ts'
import { namedPath, readNamedFile } from '../config/file.ts'
import { LIMIT_SETTINGS, nodePath } from '../config/limit-fields.ts'
import type { LoadedSettings } from '../config/load.ts'
import { withSettings } from '../config/save-limits.ts'
import { replaceFile } from '../config/write-file.ts'
import { failure, type Result, success, UserError } from '../core/errors.ts'
import type { LimitField, NodeSettings, Sourced } from '../core/settings.ts'
import { type NodeEdits, withLimit } from '../core/supervision/limit-edits.ts'

/**
 * Writes the limits of a node that were edited by hand into the configuration file; gives the configuration as it is then. Errors:
 * no-such-node, no-file, and those of withSettings and replaceFile; nothing was written then.
 */
export async function saveLimits(loaded: LoadedSettings, name: string, edits: NodeEdits | undefined): Promise<Result<LoadedSettings>> {
  const node = loaded.settings.nodes.find((one) => one.name === name)
  if (node === undefined || edits === undefined) return failure('no-such-node', `there is no node named ${name}`)
  if (edits.limits.size === 0) return success(loaded)
  const { file } = loaded
  if (file === undefined) return failure('no-file', 'this run has no configuration file to write to')
  try {
    return write(loaded, file, node, edits.limits)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return failure('not-valid', error.message)
  }
}

function write(
  loaded: LoadedSettings,
  file: string,
  node: NodeSettings,
  limits: ReadonlyMap<LimitField, Sourced<number>>
): Result<LoadedSettings> {
  const path = namedPath(file, process.cwd())
  const saved = [...limits].map(([field, { value }]) => {
    const { path: below, kind } = LIMIT_SETTINGS[field]
    return { field, amount: value, path: [...nodePath(node), ...below], value: field === 'respawnLimit' ? value : kind.show(value) }
  })
  const text = withSettings(readNamedFile(path, 'a configuration file'), file, saved)
  if (!text.ok) return text
  const replaced = replaceFile(path, text.value)
  if (!replaced.ok) return replaced

  const { located } = readConfigText(text.value, file, [])
  const effective = new Map(loaded.effective)
  let settings = node
  for (const { field, amount, path: at, value } of saved) {
    const { name, line = 1, column = 1 } = located.place(at, 'value')
    const source = { kind: 'file', file: name, line, column } as const
    effective.set(at.join('.'), { shown: String(value), source })
    settings = withLimit(settings, field, { value: amount, source })
  }
  const nodes = loaded.settings.nodes.map((one) => (one.name === node.name ? settings : one))
  return success({ ...loaded, settings: { ...loaded.settings, nodes }, effective })
}
