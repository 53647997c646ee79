import type { Bounds, Included, PolicyName, PolicyUse, Test } from './rule.ts'

/** What a policy stands for. */
export interface PolicyMeaning {
  readonly tests: readonly Test[]
  readonly include: readonly Included[]
  /** Unless the rule says others. */
  readonly bounds: Bounds
}

interface Policy {
  /** Completes "expected ... after +"; undefined: it has no options. */
  readonly options: string | undefined
  readonly takes: (option: string) => boolean
  readonly meaning: (options: readonly string[]) => PolicyMeaning
}

const NONE: Bounds = { min: 0, max: 0 }
const ONE: Bounds = { min: 1, max: 1 }

const holds = (condition: Test['condition']): Test => ({ condition, negated: false })

/** Options of gid0-not-uid0. */
export const POLICY_OPTION_WORDS = ['groups', 'capabilities'] as const

/** The rules that come with the program. */
export const POLICIES: { readonly [P in PolicyName]: Policy } = {
  'gid0-not-uid0': {
    options: 'groups or capabilities',
    takes: (option) => (POLICY_OPTION_WORDS as readonly string[]).includes(option),
    meaning: (options) => ({
      tests: [holds({ field: 'gid0', groups: options.includes('groups'), capabilities: options.includes('capabilities') })],
      include: [],
      bounds: NONE
    })
  },
  'single-init-domain': {
    options: 'another domain than init_t',
    takes: (option) => /[^:]/.test(option),
    meaning: ([domain]) => ({
      tests: [holds({ field: 'context', value: domain ?? 'init_t', system: domain === undefined ? 'selinux' : undefined })],
      include: [],
      bounds: ONE
    })
  },
  'no-zombies': {
    options: undefined,
    takes: () => false,
    meaning: () => ({ tests: [holds({ field: 'state', letters: 'Z' })], include: ['zombies'], bounds: NONE })
  },
  'no-deleted-binaries': {
    options: undefined,
    takes: () => false,
    meaning: () => ({ tests: [holds({ field: 'deleted' })], include: [], bounds: NONE })
  }
}

export const meaningOf = ({ name, options }: PolicyUse): PolicyMeaning => POLICIES[name].meaning(options)
