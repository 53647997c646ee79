import { EXIT, orThrow } from '../client/control/failure.ts'
import { suggestion } from '../config/nearest.ts'
import { duration, percent, showDuration, showSize, size } from '../config/units.ts'
import { count, type ValueKind } from '../config/values.ts'
import { UserError } from '../core/errors.ts'
import type { LimitField, Sourced } from '../core/settings.ts'
import { describeSource } from '../core/source.ts'
import { nodeOf } from '../store/nodes.ts'
import type { NodeState, SupervisorState } from '../store.ts'
import { type Given, subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'
import { openOutput, outputWidth } from './text/output.ts'
import { tableLines } from './text/table.ts'

interface Field {
  readonly field: LimitField
  readonly kind: Pick<ValueKind<number>, 'expected' | 'read'>
  readonly show: (value: number) => string
}

/** By the name that is typed. */
const FIELDS: Readonly<Record<string, Field>> = {
  memory: { field: 'memory', kind: size, show: showSize },
  'memory-latency': { field: 'memoryLatency', kind: duration, show: showDuration },
  cpu: { field: 'cpu', kind: percent, show: (value) => `${value}%` },
  latency: { field: 'latency', kind: duration, show: showDuration },
  'respawn-limit': { field: 'respawnLimit', kind: count(0, 1_000_000), show: String }
}

export const run = subcommand('limits', async (given) => {
  const [name, ...words] = given.words
  if (name === undefined) throw given.wrong('found no NODE')
  const edits = words.map((word) => readEdit(given, word))
  const client = await connectTo(given)
  for (const { field, value } of edits) orThrow(await client.send({ type: 'set-limit', node: name, field, value }))
  if (given.has('save')) orThrow(await client.send({ type: 'save-limits', node: name }))

  const node = nodeNamed(orThrow(await client.state()), name)
  const output = openOutput()
  const rows = Object.entries(FIELDS).map(([label, { field, show }]) => ({ label, limit: limitOf(node, field), show }))
  if (given.has('json')) output.json(Object.fromEntries(rows.map(({ label, limit }) => [label, limit])))
  else {
    const cells = rows.map(({ label, limit, show }) => [label, show(limit.value), describeSource(limit.source)])
    for (const line of tableLines([{ title: 'LIMIT' }, { title: 'VALUE', align: 'right' }, { title: 'FROM' }], cells, outputWidth()))
      output.line(line)
  }
  return EXIT.done
})

function readEdit(given: Given<never>, word: string): { readonly field: LimitField; readonly value: number } {
  const [, name = '', text = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? []
  const key = name.replaceAll('_', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined
  if (field === undefined) throw given.wrong(`${word.slice(0, 64)}: expected FIELD=VALUE${suggestion(name || word, Object.keys(FIELDS))}`)
  const value = field.kind.read(text)
  if (value === undefined) throw given.wrong(`${key}: found '${text.slice(0, 64)}', expected ${field.kind.expected}`)
  return { field: field.field, value }
}

function nodeNamed(state: SupervisorState, name: string): NodeState {
  const node = nodeOf(state.nodes, name)
  if (node !== undefined) return node
  throw new UserError(`there is no node ${name.slice(0, 64)}${suggestion(name, state.order)}`, { exitCode: EXIT.failed })
}

const limitOf = ({ description }: NodeState, field: LimitField): Sourced<number> =>
  field === 'respawnLimit' ? description.respawn.limit : description.limits[field]
