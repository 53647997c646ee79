import { parseArguments } from '../config/arguments.ts'
import { loadSettings } from '../config/load.ts'
import type { Rule } from '../core/checks/rule.ts'
import { type Result, success, UserError } from '../core/errors.ts'
import { surroundings } from '../run/surroundings.ts'

export interface ConfiguredRules {
  readonly rules: readonly Rule[]
  readonly settleMs: number
}

/** The rules of a configuration file, each named as there; or what is wrong with the file, for a person. */
export async function configuredChecks(file: string): Promise<Result<ConfiguredRules, Pick<UserError, 'message' | 'next'>>> {
  try {
    const parsed = await parseArguments(['--config', file])
    if (parsed.kind !== 'run') throw new Error('no other arguments were given')
    const { checks } = (await loadSettings(parsed, surroundings())).settings
    return success({ rules: checks.rules.map(({ rule }) => rule), settleMs: checks.settleMs })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { ok: false, error }
  }
}
