import { createExplainer, type Explainer } from '../core/checks/explain.ts'
import { type Finding, judge, judgeByMetric } from '../core/checks/judge.ts'
import { exitCode } from '../core/checks/outputs/exit.ts'
import { jsonOutput } from '../core/checks/outputs/json.ts'
import { monOutput } from '../core/checks/outputs/mon.ts'
import { nagiosOutput } from '../core/checks/outputs/nagios.ts'
import { prometheusOutput } from '../core/checks/outputs/prometheus.ts'
import { textOutput } from '../core/checks/outputs/text.ts'
import type { Rule } from '../core/checks/rule.ts'
import { evaluateRules } from '../core/checks/settle.ts'
import { createSystemClock } from '../core/clock.ts'
import { UserError } from '../core/errors.ts'
import { VERSION } from '../run/version.ts'
import { type CheckArguments, readCheckArguments } from './check-arguments.ts'
import { complain, exitOnSignals } from './check-failure.ts'
import { replaceFile, writeAll } from './check-output.ts'

/**
 * `tsupervise check`: evaluates the rules once and says how they stand. Never ends with 0 unless all were evaluated; what
 * would end it, a signal included, makes it exit with another code (mon takes a death by signal for a success).
 */
export async function run(argv: readonly string[]): Promise<number> {
  exitOnSignals(argv)
  try {
    const asked = readCheckArguments(argv)
    if (asked !== 'help') return await check(asked)
    const [{ subcommandHelp }, { CHECK }] = await Promise.all([import('./help.ts'), import('./spec-check.ts')])
    writeAll(1, `${subcommandHelp('check', CHECK)}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return complain(error, argv)
  }
}

async function check(asked: CheckArguments): Promise<number> {
  const { rules, settleMs } = await withConfiguration(asked)
  const explainer = asked.explain ? createExplainer(rules, await redactor()) : undefined
  const { ranges, metric } = asked
  // timers of the clock do not keep the process alive
  const alive = setInterval(() => undefined, 2 ** 30)
  const findings = await evaluateRules(
    rules,
    {
      settleMs,
      judge: (tally) => (metric === undefined || ranges === undefined ? judge(tally, ranges) : judgeByMetric(tally, metric, ranges))
    },
    {
      clock: createSystemClock(),
      place: { root: asked.proc },
      ...(explainer === undefined ? {} : { onView: explainer.onView })
    }
  )
  clearInterval(alive)
  const exit = exitCode(findings, asked.exit)
  const text = textOf(findings, asked, exit, explainer)
  if (asked.outputFile === undefined) writeAll(1, text)
  else replaceFile(asked.outputFile, text)
  return exit
}

/** Reading a configuration is a start of its own: only who names one waits for it. */
async function withConfiguration({
  rules,
  settleMs,
  config
}: CheckArguments): Promise<{ readonly rules: readonly Rule[]; readonly settleMs: number }> {
  if (config === undefined) return { rules, settleMs: settleMs ?? 0 }
  const checks = await (await import('./check-configuration.ts')).configuredChecks(config)
  // the file is read by code that is loaded on its own, so that its errors are of another class
  if (!checks.ok) throw new UserError(checks.error.message, checks.error.next === undefined ? {} : { next: checks.error.next })
  if (rules.length + checks.value.rules.length === 0) throw new UserError(`${config}: there are no rules under checks`)
  return { rules: [...rules, ...checks.value.rules], settleMs: settleMs ?? checks.value.settleMs }
}

async function redactor(): Promise<(text: string) => string> {
  const { createRedactor, SECRET_PATTERNS } = await import('../core/redact.ts')
  return createRedactor(SECRET_PATTERNS)
}

function textOf(findings: readonly Finding[], { output, ranges }: CheckArguments, exit: number, explainer: Explainer | undefined): string {
  switch (output) {
    case 'text':
      return textOutput(findings, explainer?.explanations())
    case 'mon':
      return monOutput(findings)
    case 'nagios':
      return nagiosOutput(findings, ranges)
    case 'prometheus':
      return prometheusOutput(findings)
    case 'json':
      return jsonOutput(findings, { version: VERSION, time: new Date().toISOString(), exit, explained: explainer?.explanations() })
  }
}
