import { UserError } from '../core/errors.ts'
import type { ListenAddress } from '../core/settings.ts'
import { listenForMetrics } from '../metrics/listen.ts'
import type { MetricsSource } from '../metrics/source.ts'
import { writeTextfile } from '../metrics/textfile.ts'
import type { BuiltRun } from './build.ts'

type Close = () => Promise<void>

/** Serves metrics over TCP; throws UserError where the address cannot be had. Gives what ends it. */
export async function serveMetrics(run: BuiltRun, address: ListenAddress, metrics: () => Promise<MetricsSource>): Promise<Close> {
  const served = await listenForMetrics(address, {
    render: async (accept) => (await metrics()).render(accept),
    isStopping: () => run.store.getState().run.shutdown !== undefined,
    onBug(error) {
      const message = `the metrics failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
      run.emit({ type: 'problem', failure: { code: 'bug', message }, next: 'Please report it.' })
    }
  })
  if (!served.ok) throw new UserError(served.error.message, { next: 'Choose another --metrics-listen.' })
  return served.value.close
}

/** Writes metrics to a file at the rhythm of the checks. Gives what ends it. */
export function keepTextfile(run: BuiltRun, path: string, metrics: () => Promise<MetricsSource>): Close {
  const file = writeTextfile({
    path,
    clock: run.clock,
    periodMs: () => run.settings().intervalMs,
    render: async () => (await (await metrics()).render('')).text,
    onProblem: (failure) => run.emit({ type: 'problem', failure, next: undefined })
  })
  return () => file.close()
}
