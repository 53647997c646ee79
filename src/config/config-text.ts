import * as z from 'zod/mini'
import type { Located } from './document.ts'
import { explainIssues } from './issues.ts'
import type { Problem } from './problem.ts'
import { configSchema, type FileConfig } from './schema.ts'
import { parseYaml } from './yaml.ts'

/** Parses and validates the text of a configuration file; `file` is how problems name it. */
export function readConfigText(source: string, file: string, problems: Problem[]): { config: FileConfig | undefined; located: Located } {
  const before = problems.length
  const located = parseYaml(source, file, problems)
  if (problems.length > before) return { config: undefined, located }
  const result = z.safeParse(configSchema, located.value)
  if (result.success) return { config: result.data, located }
  problems.push(...explainIssues(result.error.issues, located))
  return { config: undefined, located }
}
