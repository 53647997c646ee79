import type { ReloadAction, ReloadDifference } from '../core/queries.ts'
import type { LimitField, NodeSettings } from '../core/settings.ts'
import { createChangeOf } from './change-of.ts'
import type { Change } from './field.ts'
import { LIMIT_SETTINGS, nodePath } from './limit-fields.ts'
import type { LoadedSettings } from './load.ts'
import { nodeFields } from './node-difference.ts'

type Side = Pick<LoadedSettings, 'settings' | 'effective'>
type NodeChange = ReloadDifference['changes'][number]
type FieldChange = NodeChange['fields'][number]

/** What is known of a node that runs under the configuration before. */
export interface NodeFacts {
  readonly standing: 'lives' | 'has-ended' | 'never-started' | 'stopped-by-hand'
  readonly edits: { readonly limits: ReadonlyMap<LimitField, { readonly value: number }>; readonly observe: boolean | undefined }
}

export interface DifferenceOptions {
  readonly before: Side
  readonly after: Side
  readonly factsOf: (node: string) => NodeFacts | undefined
  /** Of values that are shown. */
  readonly redact: (text: string) => string
}

/**
 * What a reload changes. Of the schema's marks follows what is done: a node with a changed spawn-time field restarts unless it was
 * stopped by hand or never started; `enabled` starts and stops. Limits that were edited by hand stay, and are told apart.
 */
export function reloadDifference({ before, after, factsOf, redact }: DifferenceOptions): ReloadDifference {
  const changeOf = createChangeOf()
  const shown = (fields: readonly FieldChange[]): FieldChange[] =>
    fields.map((field) => ({ ...field, from: redact(field.from), to: redact(field.to) }))
  const run = shown(runFields(before, after, changeOf))
  const live = run.filter(({ change }) => change === 'live')
  const nodes = changedNodes({ before, after, factsOf, redact }, changeOf)
  return {
    changes: [
      ...(live.length === 0 ? [] : [{ node: undefined, action: 'live' as const, fields: live }]),
      ...nodes.map((change) => ({ ...change, fields: shown(change.fields) }))
    ],
    kept: after.settings.nodes.flatMap((node) => keptEdits(node, factsOf(node.name))),
    ignored: run.filter(({ change }) => change === 'spawn-time').map(({ path }) => path)
  }
}

const isOfNode = (path: string): boolean => path.startsWith('worker.') || path.startsWith('extensions.')

/** Everything that is not a node's own. */
function runFields(before: Side, after: Side, changeOf: (path: string) => Change | undefined): FieldChange[] {
  const paths = [...new Set([...before.effective.keys(), ...after.effective.keys()])].filter((path) => !isOfNode(path))
  return paths.flatMap((path) => {
    const from = before.effective.get(path)?.shown ?? 'none'
    const to = after.effective.get(path)?.shown ?? 'none'
    return from === to ? [] : [{ path, from, to, change: changeOf(path) ?? 'live' }]
  })
}

function changedNodes({ before, after, factsOf }: DifferenceOptions, changeOf: (path: string) => Change | undefined): NodeChange[] {
  const old = new Map(before.settings.nodes.map((node) => [node.name, node]))
  const names = new Set(after.settings.nodes.map(({ name }) => name))
  const gone = before.settings.nodes.filter(({ name }) => !names.has(name))
  return [
    ...gone.map(({ name }) => ({ node: name, action: 'stop' as const, fields: [] })),
    ...after.settings.nodes.flatMap((node): NodeChange[] => {
      const previous = old.get(node.name)
      if (previous === undefined) return [{ node: node.name, action: node.enabled ? 'start' : 'none', fields: [] }]
      const facts = factsOf(node.name)
      const sides = [
        { node: previous, effective: before.effective },
        { node, effective: after.effective }
      ] as const
      const fields = nodeFields(...sides, changeOf).filter(({ path }) => !isEdited(node, path, facts))
      return fields.length === 0 ? [] : [{ node: node.name, action: actionFor(previous, node, fields, facts), fields }]
    })
  ]
}

function actionFor(before: NodeSettings, after: NodeSettings, fields: readonly FieldChange[], facts: NodeFacts | undefined): ReloadAction {
  const standing = facts?.standing ?? 'never-started'
  if (before.enabled && !after.enabled && standing === 'lives') return 'stop'
  if (!before.enabled && after.enabled && standing !== 'lives') return 'start'
  const restarts = before.kind !== after.kind || fields.some(({ change }) => change === 'spawn-time')
  return restarts && (standing === 'lives' || standing === 'has-ended') ? 'restart' : 'live'
}

/** What was edited by hand is no difference of the two files: it is as it was, whatever they say. */
function isEdited(node: NodeSettings, path: string, facts: NodeFacts | undefined): boolean {
  if (facts === undefined) return false
  const { limits, observe } = facts.edits
  const edited = [...[...limits.keys()].map((field) => LIMIT_SETTINGS[field].path), ...(observe === undefined ? [] : [['observe']])]
  return edited.some((steps) => path === [...nodePath(node), ...steps].join('.'))
}

/** Edits by hand over what the file will say. */
function keptEdits(after: NodeSettings, facts: NodeFacts | undefined): ReloadDifference['kept'] {
  if (facts === undefined) return []
  const { limits, observe } = facts.edits
  return [
    ...[...limits].flatMap(([field, { value }]) => {
      const { path, kind, of } = LIMIT_SETTINGS[field]
      return of(after) === value ? [] : [{ node: after.name, path: path.join('.'), value: kind.show(value) }]
    }),
    ...(observe === undefined || observe === after.observe ? [] : [{ node: after.name, path: 'observe', value: String(observe) }])
  ]
}
