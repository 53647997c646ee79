import { UserError } from '../core/errors.ts'
import type { Source } from '../core/settings.ts'
import { parseEnvFile } from './env-file.ts'
import { readTrustedFile } from './file.ts'
import type { FileSection } from './ledger.ts'
import { type ResolveContext, reportAt, resolvePath } from './resolve-context.ts'
import type { NodeConfig } from './schema-node.ts'

const HIDDEN = '(hidden)'

/** The supervisor's environment, then the envFile, then `env`. */
export function resolveEnvironment(context: ResolveContext, node: FileSection<NodeConfig>, path: string): Readonly<Record<string, string>> {
  const { ledger, surroundings } = context
  const env: Record<string, string> = Object.create(null)
  const set = (name: string, value: string, source: Source): void => {
    env[name] = value
    ledger.note(`${path}.env.${name}`, HIDDEN, source)
  }
  for (const [name, value] of Object.entries(surroundings.env)) if (value !== undefined) env[name] = value
  for (const { name, value, source } of readEnvFile(context, node, path)) set(name, value, source)
  const own = node.section('env')
  for (const [name, value] of Object.entries(node.get('env')?.value ?? {})) {
    const source = own.get(name)?.source
    if (source !== undefined) set(name, value, source)
  }
  return { ...env }
}

function readEnvFile(
  context: ResolveContext,
  node: FileSection<NodeConfig>,
  path: string
): { name: string; value: string; source: Source }[] {
  const named = node.get('envFile')
  if (named === undefined) return []
  const file = resolvePath(context, named)
  context.ledger.note(`${path}.envFile`, file, named.source)
  try {
    const variables = parseEnvFile(readTrustedFile(file, 'an envFile', context.surroundings), file, context.problems)
    return variables.map(({ name, value, line }) => ({ name, value, source: { kind: 'file', file, line, column: 1 } }))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    reportAt(context, named.source, error.next === undefined ? error.message : `${error.message}. ${error.next}`)
    return []
  }
}
