import { relative } from 'node:path'
import stringWidth from 'string-width'
import { escapeControls } from '../core/output/escape.ts'
import type { EffectiveSetting } from '../core/queries.ts'
import { createRedactor } from '../core/redact.ts'
import type { LimitField, Sourced } from '../core/settings.ts'
import { describeSource } from '../core/source.ts'
import { LIMIT_SETTINGS, nodePath } from './limit-fields.ts'
import type { LoadedSettings } from './load.ts'

/** Every effective value; secrets are hidden, and of environment variables there are only the names. */
function effectiveRows({ effective, settings }: LoadedSettings): readonly EffectiveSetting[] {
  const redact = createRedactor(settings.redact)
  return [...effective].map(([path, { shown, source }]) => ({ path, value: path === 'redact' ? shown : redact(shown), source }))
}

type EditsOf = (node: string) => { readonly edits: { readonly limits: ReadonlyMap<LimitField, Sourced<number>> } } | undefined

/** The same of a run, where limits may have been edited by hand. */
export function effectiveSettings(loaded: LoadedSettings, editsOf: EditsOf): readonly EffectiveSetting[] {
  const edited = new Map(
    loaded.settings.nodes.flatMap((node) =>
      [...(editsOf(node.name)?.edits.limits ?? [])].map(([field, { value, source }]) => {
        const { path, kind } = LIMIT_SETTINGS[field]
        return [[...nodePath(node), ...path].join('.'), { value: kind.show(value), source }] as const
      })
    )
  )
  return effectiveRows(loaded).map((row) => ({ ...row, ...edited.get(row.path) }))
}

const MAX_VALUE_WIDTH = 60

/** `config print`: path, value, source, aligned. */
export function printSettings(loaded: LoadedSettings, cwd: string): string {
  const rows = effectiveRows(loaded).map(
    ({ path, value, source }) => [path, escapeControls(value), describeSource(source, { file: (path) => near(path, cwd) })] as const
  )
  const pathWidth = widest(rows.map(([path]) => path))
  const valueWidth = Math.min(MAX_VALUE_WIDTH, widest(rows.map(([, value]) => value)))
  return rows.map(([path, value, source]) => `${pad(path, pathWidth)}  ${pad(value, valueWidth)}  ${source}`).join('\n')
}

/** `config print --json`: a list of {path, value, source}; values as a person would write them. */
export const printSettingsJson = (loaded: LoadedSettings): string => JSON.stringify(effectiveRows(loaded), null, 2)

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => stringWidth(text)))
const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)))

/** Relative to the working folder where the file is below it. */
function near(file: string, cwd: string): string {
  const path = relative(cwd, file)
  return file.startsWith('/') && path !== '' && !path.startsWith('..') ? path : file
}
