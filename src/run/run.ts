import { isatty } from 'node:tty'
import type { ParsedArguments } from '../config/arguments.ts'
import { type LoadedSettings, loadSettings } from '../config/load.ts'
import { numberOf } from '../core/stop/signal.ts'
import type { RunEnd } from '../core/supervisor.ts'
import { type BuiltRun, buildRun } from './build.ts'
import { detach } from './detach.ts'
import { openRecords } from './records.ts'
import type { Screen } from './screen.ts'
import { notifyServiceManager } from './service-manager.ts'
import { createSignalActor, listenToSignals } from './signals.ts'
import { surroundings } from './surroundings.ts'

/** Supervises until the end and gives the exit code. */
export async function runSupervisor(parsed: Extract<ParsedArguments, { kind: 'run' }>): Promise<number> {
  const loaded = await loadSettings(parsed, surroundings())
  const { preferences } = loaded
  const hasScreen = preferences.ui && isatty(0) && isatty(1) && process.env['TERM'] !== 'dumb'
  for (const warning of loaded.warnings) console.error(`tsupervise: warning: ${warning}`)
  const hasWork = loaded.settings.nodes.length > 0 || loaded.settings.orphans !== undefined
  if (!hasWork && (!hasScreen || preferences.detach)) return nothingToDo()
  if (preferences.detach) return detach(loaded.settings.name)

  const orphans = loaded.settings.orphans === undefined ? undefined : await import('./orphans.ts')
  const orphanSocket = await orphans?.openOrphanSocket(loaded.settings)
  const settings = orphans?.tellNodes(loaded.settings, orphanSocket) ?? loaded.settings
  const run = buildRun(settings)
  const records = openRecords(run, settings, hasScreen ? 'screen' : 'stdout')
  const reaper = orphanSocket && orphans?.buildReaper(run, settings, orphanSocket)
  const manager = notifyServiceManager(run)
  // The loop has to stay alive while everything waits, e.g. for the end of a back-off.
  const keepAlive = setInterval(() => undefined, 2 ** 30)
  const openScreen = hasScreen ? (await import('./screen.ts')).openScreen : undefined
  let screen: Screen | undefined
  // No pause from here on: every signal finds its listener, and the first frame shows the nodes.
  listenToSignals(
    settings,
    () => (screen === undefined || screen.lostAt() !== undefined ? 'headless' : 'interactive'),
    createSignalActor(run, settings, () => screen)
  )
  run.supervisor.start()
  reaper?.start()
  screen = openScreen?.(run, loaded)
  manager.ready()

  const end = await run.supervisor.ended
  manager.stopping()
  clearInterval(keepAlive)
  await screen?.close()
  await reaper?.close()
  orphanSocket?.release()
  await run.close()
  await records.close()
  manager.close()
  if (screen !== undefined) printEnd(end)
  return exitCodeOf(end, run, loaded)
}

function nothingToDo(): number {
  console.error('tsupervise: there is nothing to supervise: no command was given, and no configuration file was found.')
  console.error('Give a command (tsupervise -- COMMAND ARG...) or a configuration (tsupervise --config FILE).')
  return 2
}

/** The screen has gone: why the run ended is said where it can still be read. */
function printEnd({ code, reason }: RunEnd): void {
  const print = code === 0 ? console.log : console.error
  print(`tsupervise: ended with ${code}: ${reason}`)
}

/** With --exit-with-worker the worker's own code, or 128 + signal; else the run's. */
function exitCodeOf(end: RunEnd, run: BuiltRun, { settings }: LoadedSettings): number {
  const worker = settings.nodes.find((node) => node.kind === 'worker')
  const last = worker === undefined ? undefined : run.store.getState().nodes[worker.name]?.lastExit
  if (!settings.exitWithWorker || last === undefined) return end.code
  const shutdown = run.store.getState().events.findLast((event) => event.type === 'shutdown-started')
  // the run ended for another reason, which the worker's end by our own signal must not hide
  if (end.code !== 0 && shutdown !== undefined && last.at > shutdown.time) return end.code
  return last.signal === undefined ? (last.code ?? end.code) : 128 + numberOf(last.signal)
}
