import { includedOf, rejectBounds } from '../core/checks/assemble.ts'
import { FIELDS, readSpan, type WrittenField } from '../core/checks/fields.ts'
import { meaningOf } from '../core/checks/policies.ts'
import { printRule } from '../core/checks/print.ts'
import type { Bounds, Condition, Rule, Test } from '../core/checks/rule.ts'
import type { CheckAction, CheckSettings, ConfiguredCheck, NodeSettings, Sourced } from '../core/settings.ts'
import { byDefault, type FileSection } from './ledger.ts'
import { type ResolveContext, reportAt } from './resolve-context.ts'
import type { FileConfig } from './schema.ts'
import { command } from './special-values.ts'
import { checkAction } from './special-values-checks.ts'
import { duration, interval } from './units.ts'

type ChecksConfig = NonNullable<FileConfig['checks']>
type CheckConfig = NonNullable<ChecksConfig['rules']>[string]
type CpuConfig = NonNullable<CheckConfig['cpu']>

const INTERVAL_MS = 30_000
const SETTLE_MS = 5000
const RUN_TIMEOUT_MS = 30_000

/** The rules that run inside the supervisor. */
export function resolveChecks(context: ResolveContext, nodes: readonly NodeSettings[]): CheckSettings {
  const { root, ledger } = context
  const own: FileSection<ChecksConfig> = root.section('checks')
  const rules = own.section('rules')
  const named = Object.keys(own.get('rules')?.value ?? {})
  return {
    intervalMs: ledger.choose('checks.interval', interval, [own.get('interval')], byDefault(INTERVAL_MS)).value,
    settleMs: ledger.choose('checks.settle', duration, [own.get('settle')], byDefault(SETTLE_MS)).value,
    rules: named.flatMap((name) => {
      const given = rules.get(name)
      return given === undefined ? [] : resolveCheck(context, name, given, rules.section(name), nodes)
    })
  }
}

function resolveCheck(
  context: ResolveContext,
  name: string,
  { value, source }: Sourced<CheckConfig>,
  own: FileSection<CheckConfig>,
  nodes: readonly NodeSettings[]
): readonly ConfiguredCheck[] {
  const wrong = (message: string, at = source): readonly ConfiguredCheck[] => {
    reportAt(context, at, `checks.rules.${name}: ${message}`)
    return []
  }
  const rule = ruleOf(name, value)
  if (typeof rule === 'string') return wrong(rule)
  context.ledger.note(`checks.rules.${name}.rule`, printRule(rule), source)
  const { action, run, timeout } = value
  if (action !== undefined && run !== undefined) return wrong('found action and run; expected one of them', own.get('run')?.source)
  const chosen: CheckAction =
    run === undefined ? (action ?? { kind: 'alert' }) : { kind: 'run', argv: run, timeoutMs: timeout ?? RUN_TIMEOUT_MS }
  const actionSource = own.get(run === undefined ? 'action' : 'run')?.source ?? { kind: 'default' as const }
  if (chosen.kind === 'restart' && !nodes.some((node) => node.name === chosen.node)) {
    return wrong(
      `there is no node '${chosen.node}' to restart; there are: ${nodes.map((node) => node.name).join(', ') || 'none'}`,
      actionSource
    )
  }
  if (chosen.kind === 'run') context.ledger.note(`checks.rules.${name}.run`, command.show(chosen.argv), actionSource)
  else context.ledger.note(`checks.rules.${name}.action`, checkAction.show(chosen), actionSource)
  return [{ name, rule, action: chosen }]
}

/** Fields of a rule, in the order in which a rule is written. */
const TESTED = (Object.keys(FIELDS) as WrittenField[]).filter((name) => name !== 'cpu')

/** The rule, or what is wrong with it as a whole. */
function ruleOf(name: string, config: CheckConfig): Rule | string {
  const tests = testsOf(config)
  if (typeof tests === 'string') return tests
  const hasFields = tests.length > 0 || config.include !== undefined
  if ([config.rule !== undefined, config.policy !== undefined, hasFields].filter(Boolean).length !== 1)
    return 'expected exactly one of rule, policy, and fields such as name or exe'
  if (config.strict !== undefined && config.policy !== 'gid0-not-uid0') return 'strict belongs to the policy gid0-not-uid0'
  const bounds = boundsOf(config)
  if (typeof bounds === 'string') return bounds
  if (config.rule !== undefined)
    return bounds === undefined ? { ...config.rule, label: name } : 'count belongs to fields; this rule has bounds'
  if (config.policy !== undefined) {
    const policy = { name: config.policy, options: config.strict ?? [] }
    const meaning = meaningOf(policy)
    return { label: name, policy, ...meaning, bounds: bounds ?? meaning.bounds }
  }
  // nothing above a limit is what a limit is for
  const chosen = bounds ?? (config.cpu === undefined ? undefined : { min: 0, max: 0 })
  if (chosen === undefined) return 'expected count, such as {min: 1}'
  return { label: name, policy: undefined, tests, include: includedOf(tests, config.include ?? []), bounds: chosen }
}

function boundsOf({ count }: CheckConfig): Bounds | undefined | string {
  if (count === undefined) return undefined
  const bounds = { min: count.min, max: count.max }
  return rejectBounds(bounds) ?? bounds
}

function testsOf(config: CheckConfig): readonly Test[] | string {
  const plain = TESTED.flatMap((field) => {
    const condition = config[field as keyof CheckConfig] as Condition | undefined
    return condition === undefined ? [] : [{ condition, negated: false }]
  })
  const cpu = config.cpu === undefined ? [] : cpuTests(config.cpu)
  return typeof cpu === 'string' ? cpu : [...plain, ...cpu]
}

function cpuTests({ limit, window, lifetime, exempt }: CpuConfig): readonly Test[] | string {
  if ((window === undefined) === (lifetime !== true)) return 'cpu: expected either window, such as 10s, or lifetime: true'
  const over = readSpan(window === undefined ? 'lifetime' : duration.show(window))
  if (over === undefined) return 'cpu.window: expected at least 100ms'
  const others = Object.values(exempt ?? {}).flatMap((list) => list ?? [])
  return [
    { condition: { field: 'cpu', percent: limit, over }, negated: false },
    ...others.map((condition) => ({ condition, negated: true }))
  ]
}
