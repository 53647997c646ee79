import { UserError } from '../core/errors.ts'
import type { MetricsSource } from '../metrics/source.ts'
import { createTally } from '../metrics/tally.ts'
import type { BuiltRun } from './build.ts'
import type { ControlService } from './control.ts'
import type { Records } from './records.ts'

/** What can be seen and done from outside: the control socket and the metrics. Its code is loaded once the nodes were started. */
export interface Outside {
  /** What was asked for on purpose: throws UserError where it cannot be had. */
  prepare(): Promise<void>
  /** The rest, once the nodes were started. */
  start(): void
  close(): Promise<void>
}

type Closer = () => Promise<void>

export function createOutside(run: BuiltRun, records: Records): Outside {
  const tally = createTally()
  const closers: Closer[] = []
  let asked: ControlService | undefined
  let source: Promise<MetricsSource> | undefined
  let starting: Promise<void> = Promise.resolve()
  run.read(tally.read)

  const metrics = (): Promise<MetricsSource> => {
    source ??= Promise.all([import('../metrics/source.ts'), import('../metrics/process-families.ts')]).then(
      ([{ createMetricsSource }, { processFamilies }]) =>
        createMetricsSource(
          run.clock,
          () => run.store.getState(),
          tally,
          () => processFamilies(run.processes.metrics())
        )
    )
    return source
  }

  const parts = async () => {
    const { createEventHistory } = await import('../log/event-history.ts')
    const { events } = records
    const folder = events === undefined ? undefined : run.settings().stateDir
    const history = createEventHistory({ folder, runId: run.runId, flush: async () => events?.flush() })
    return { run, history, metrics }
  }

  const openAsked = async (): Promise<void> => {
    const { socket } = run.settings().control
    if (socket.kind !== 'explicit') return
    const { serveControl } = await import('./control.ts')
    const served = await serveControl(socket.path, await parts())
    if (!served.ok) throw new UserError(served.error.message, { next: 'Choose another --control-socket, or none.' })
    asked = served.value
    closers.push(asked.close)
  }

  /** Nobody asked for it: a run goes on without. */
  const openDefault = async (): Promise<void> => {
    const { socket } = run.settings().control
    if (socket.kind === 'none' || socket.kind === 'explicit') return
    if (socket.kind === 'no-folder') {
      run.emit({ type: 'control-unavailable', failure: { code: 'no-runtime-folder', message: socket.detail } })
      return
    }
    const { serveControl } = await import('./control.ts')
    const served = await serveControl(socket.path, await parts())
    if (!served.ok) {
      run.emit({ type: 'control-unavailable', failure: served.error })
      return
    }
    closers.push(served.value.close)
    served.value.tell()
  }

  const listen = async (): Promise<void> => {
    const { listen: address } = run.settings().metrics
    if (address === undefined) return
    const { serveMetrics } = await import('./metrics.ts')
    closers.push(await serveMetrics(run, address, metrics))
  }

  const writeTextfile = async (): Promise<void> => {
    const { textfile } = run.settings().metrics
    if (textfile === undefined) return
    const { keepTextfile } = await import('./metrics.ts')
    closers.push(keepTextfile(run, textfile, metrics))
  }

  return {
    async prepare() {
      await openAsked()
      await listen()
    },
    start() {
      asked?.tell()
      starting = openDefault().then(writeTextfile)
    },
    async close() {
      await starting
      for (const close of closers) await close()
      if (source !== undefined) (await source).close()
    }
  }
}
