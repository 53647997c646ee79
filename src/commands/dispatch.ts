import { reportError } from '../report-error.ts'
import type { SubcommandName } from './table.ts'

/** A subcommand's own arguments to its exit code; throws UserError. */
type Run = (argv: readonly string[]) => Promise<number>

/** Each is loaded only when it is called. */
const LOADERS: Readonly<Record<SubcommandName, () => Promise<{ readonly run: Run }>>> = {
  status: () => import('./status.ts'),
  start: async () => ({ run: (await import('./verbs.ts')).start }),
  stop: async () => ({ run: (await import('./verbs.ts')).stop }),
  restart: async () => ({ run: (await import('./verbs.ts')).restart }),
  signal: () => import('./signal.ts'),
  limits: () => import('./limits.ts'),
  observe: () => import('./observe.ts'),
  reload: () => import('./reload.ts'),
  shutdown: () => import('./shutdown.ts'),
  events: () => import('./events.ts'),
  receipts: () => import('./receipts.ts'),
  logs: () => import('./logs.ts'),
  check: () => import('./check.ts'),
  attach: () => import('./attach.ts'),
  register: async () => ({ run: (await import('./pairs.ts')).register }),
  unregister: async () => ({ run: (await import('./pairs.ts')).unregister }),
  orphans: () => import('./orphans.ts'),
  ping: () => import('./ping.ts'),
  bridge: () => import('./bridge.ts'),
  completion: () => import('./completion.ts'),
  man: () => import('./man.ts'),
  help: () => import('./help-page.ts')
}

/** `argv` without the subcommand's name; gives the exit code, whatever happens. */
export async function runSubcommand(name: SubcommandName, argv: readonly string[]): Promise<number> {
  const { run } = await LOADERS[name]()
  return await run(argv).catch(reportError)
}
