import type { SubcommandSpec } from './spec.ts'
import { CHECK } from './spec-check.ts'
import { ACTING } from './specs-act.ts'
import { LOOKING } from './specs-look.ts'
import { TOOLS } from './specs-tools.ts'

export const SPECS = { ...LOOKING, ...ACTING, ...TOOLS, check: CHECK } as const

export type SpecName = keyof typeof SPECS
export type OptionNameOf<Name extends SpecName> = (typeof SPECS)[Name]['options'][number]['name']

export const SPEC_NAMES = Object.keys(SPECS) as SpecName[]

/** The table seen through the common type; undefined: no subcommand of this name, or one that keeps its page elsewhere. */
export const specNamed = (name: string): SubcommandSpec | undefined => (isSpecName(name) ? SPECS[name] : undefined)

const isSpecName = (name: string): name is SpecName => Object.hasOwn(SPECS, name)
