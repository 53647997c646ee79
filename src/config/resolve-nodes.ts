import type { NodeSettings, Source, Sourced } from '../core/settings.ts'
import { type AutoloadedExtension, autoloadArguments } from './autoload.ts'
import { byDefault } from './ledger.ts'
import { type Policy, type ResolveContext, reportAt } from './resolve-context.ts'
import { type NodeInput, resolveNode } from './resolve-node.ts'
import { nodeName } from './special-values.ts'

const DEFAULT_SOCKET = '/var/osquery/osquery.em'

/** Worker first if there is one, then the extensions: of the file, of the command line, of the autoload file. */
export function resolveNodes(
  context: ResolveContext,
  policy: Policy,
  command: readonly string[],
  autoload: readonly AutoloadedExtension[],
  debug: boolean
): readonly NodeSettings[] {
  const inputs = [
    ...workerInput(context, command),
    ...extensionInputs(context),
    ...autoload.map((found) => autoloadInput(context, found, debug))
  ]
  return inputs.map((input) => resolveNode(context, policy, input))
}

function workerInput(context: ResolveContext, command: readonly string[]): NodeInput[] {
  const { root, ledger } = context
  const given = root.get('worker')
  const file = root.section('worker')
  if (given === undefined && command.length === 0) return []
  const named = ledger.choose('worker.name', nodeName, [file.get('name')], byDefault('worker'))
  const fromOption: Sourced<readonly string[]> | undefined =
    command.length === 0 ? undefined : { value: command, source: { kind: 'option', option: '--' } }
  const argv = fromOption ?? file.get('command')
  if (argv !== undefined) return [{ name: named.value, kind: 'worker', path: 'worker', file, argv }]
  if (given !== undefined) reportAt(context, given.source, "the worker has no command; add 'command', or give one after --")
  return []
}

function extensionInputs(context: ResolveContext): NodeInput[] {
  const { root, overrides } = context
  const extensions = root.section('extensions')
  const given = overrides.extension
  const names = new Set([...Object.keys(root.get('extensions')?.value ?? {}), ...(given?.value.map(({ name }) => name) ?? [])])
  return [...names].flatMap((name) => {
    const file = extensions.section(name)
    const fromOption = given?.value.findLast((extension) => extension.name === name)
    const argv = given !== undefined && fromOption !== undefined ? { value: fromOption.argv, source: given.source } : file.get('command')
    if (argv !== undefined) return [{ name, kind: 'extension' as const, path: `extensions.${name}`, file, argv }]
    const source: Source = extensions.get(name)?.source ?? { kind: 'default' }
    reportAt(context, source, `the extension '${name}' has no command; expected 'command'`)
    return []
  })
}

function autoloadInput(context: ResolveContext, { name, path, source }: AutoloadedExtension, verbose: boolean): NodeInput {
  const { overrides, root } = context
  const call = {
    socket: overrides['extensions-socket']?.value ?? DEFAULT_SOCKET,
    timeoutSeconds: overrides['extensions-timeout']?.value ?? 3,
    intervalSeconds: overrides['extensions-interval']?.value ?? 3,
    verbose
  }
  const file = root.section('extensions').section(name)
  return { name, kind: 'extension', path: `extensions.${name}`, file, argv: { value: autoloadArguments(path, call), source } }
}
