import type { Settings } from '../core/settings.ts'
import type { BuiltRun } from './build.ts'
import type { BuiltChecks } from './checks.ts'

/** What the checks need of a run. */
export type CheckedRun = Pick<
  BuiltRun,
  'clock' | 'signaller' | 'table' | 'emit' | 'redact' | 'supervisor' | 'execute' | 'read' | 'settings' | 'onReconfigure'
>

/** The process checks of a run, loaded when there are rules. */
export interface CheckService {
  /** Loads them where the settings have rules. */
  prepare(): Promise<void>
  /** Begins with what was prepared. */
  start(): void
}

/** Wires the checks to a run: they follow its settings, and end when it begins to. */
export function createCheckService(run: CheckedRun): CheckService {
  let built: BuiltChecks | undefined
  let phase: 'new' | 'started' | 'ended' = 'new'

  const build = async (): Promise<void> => {
    const { buildChecks } = await import('./checks.ts')
    built ??= buildChecks(run, run.settings)
  }

  const hasRules = ({ checks }: Settings): boolean => checks.rules.length > 0

  run.onReconfigure((next) => {
    if (built !== undefined) built.runner.reconfigure(next.checks)
    else if (hasRules(next)) void build().then(() => (phase === 'started' ? built?.runner.start() : undefined))
  })
  run.read((event) => {
    if (event.type !== 'shutdown-started') return
    // what is being stopped would fail its rules
    phase = 'ended'
    built?.runner.stop()
  })
  run.supervisor.closeBeforeEnd({
    close: async () => await built?.actions.settled(),
    hurry: () => built?.actions.hurry()
  })

  return {
    async prepare() {
      if (hasRules(run.settings())) await build()
    },
    start() {
      if (phase !== 'new') return
      phase = 'started'
      built?.runner.start()
    }
  }
}
