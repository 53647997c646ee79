import type { ParsedArguments } from './arguments.ts'
import type { Surroundings } from './find.ts'
import { type LoadedSettings, loadSettings } from './load.ts'

type ConfigArguments = Extract<ParsedArguments, { readonly kind: 'config' }>

/** What a `config` command has to say on stdout, and on stderr. */
export interface ConfigAnswer {
  readonly output: string
  readonly warnings: readonly string[]
}

/** `config check | print | schema`; throws UserError (exit code 2) when the configuration is not valid. */
export async function runConfigCommand(parsed: ConfigArguments, surroundings: Surroundings): Promise<ConfigAnswer> {
  if (parsed.action === 'schema') {
    const { jsonSchemaText } = await import('./json-schema.ts')
    return { output: jsonSchemaText().trimEnd(), warnings: [] }
  }
  const loaded = await loadSettings(parsed, surroundings)
  const { warnings } = loaded
  if (parsed.action === 'check') return { output: describeRun(loaded), warnings }
  const { printSettings, printSettingsJson } = await import('./print.ts')
  return { output: parsed.json ? printSettingsJson(loaded) : printSettings(loaded, surroundings.cwd), warnings }
}

/** `tsupervise.yaml is valid: worker api, 2 extensions (indexer, shipper).` */
export function describeRun({ file, settings }: LoadedSettings): string {
  const worker = settings.nodes.find((node) => node.kind === 'worker')
  const extensions = settings.nodes.filter((node) => node.kind === 'extension').map((node) => node.name)
  const count = extensions.length === 1 ? '1 extension' : `${extensions.length} extensions`
  const names = extensions.length === 0 ? '' : ` (${extensions.slice(0, 20).join(', ')}${extensions.length > 20 ? ', ...' : ''})`
  return `${file ?? 'no configuration file, which'} is valid: ${worker === undefined ? 'no worker' : `worker ${worker.name}`}, ${count}${names}.`
}
