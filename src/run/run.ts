import { isatty } from 'node:tty'
import type { ParsedArguments } from '../config/arguments.ts'
import { loadSettings } from '../config/load.ts'
import type { Settings } from '../core/settings.ts'
import type { RunEnd } from '../core/supervisor.ts'
import { keepYoungSmall } from '../core/young-memory.ts'
import { selectNodes } from '../store.ts'
import { type BuiltRun, buildRun } from './build.ts'
import { createCheckService } from './check-service.ts'
import { detach } from './detach.ts'
import { exitCodeWithWorker } from './exit-code.ts'
import { tellNodes } from './orphan-service.ts'
import type { OrphanSocket } from './orphans.ts'
import { createOutside } from './outside.ts'
import { requireWhatPidOneNeeds, takeEarlySignals } from './pid-one.ts'
import { openRecords } from './records.ts'
import { openScreen, type Screen } from './screen.ts'
import { notifyServiceManager } from './service-manager.ts'
import { createSignalActor, listenToSignals, meaningOf } from './signals.ts'
import { surroundings } from './surroundings.ts'

/** Supervises until the end and gives the exit code. */
export async function runSupervisor(parsed: Extract<ParsedArguments, { kind: 'run' }>): Promise<number> {
  const loaded = await loadSettings(parsed, surroundings())
  const { preferences } = loaded
  const hasScreen = preferences.ui && isatty(0) && isatty(1) && process.env['TERM'] !== 'dumb'
  for (const warning of loaded.warnings) console.error(`tsupervise: warning: ${warning}`)
  const hasWork =
    loaded.settings.nodes.length > 0 || loaded.settings.orphans.socket !== undefined || loaded.settings.checks.rules.length > 0
  if (!hasWork && (!hasScreen || preferences.detach)) return nothingToDo()
  requireWhatPidOneNeeds(preferences)
  if (preferences.detach) return detach(loaded.settings.name)

  const orphanSocket = await openOrphanSocket(loaded.settings)
  const settings = tellNodes(loaded.settings)
  const run = buildRun(settings, {
    loaded,
    load: (compat) => loadSettings(compat === undefined ? parsed : { ...parsed, given: { ...parsed.given, compat } }, surroundings()),
    adapt: tellNodes
  })
  const records = openRecords(run, settings, hasScreen ? 'screen' : 'stdout')
  await run.orphans.prepare(orphanSocket)
  await run.processes.prepare()
  const checks = createCheckService(run)
  await checks.prepare()
  const manager = notifyServiceManager(run)
  const outside = createOutside(run, records)
  // The loop has to stay alive while everything waits, e.g. for the end of a back-off.
  const keepAlive = setInterval(() => undefined, 2 ** 30)
  const ui = hasScreen ? await import('../ui/start.tsx') : undefined
  let screen: Screen | undefined
  await outside.prepare()
  // No pause from here on: every signal finds its listener, and the first frame shows the nodes.
  const mode = () => (screen === undefined || screen.lostAt() !== undefined ? 'headless' : 'interactive')
  const act = createSignalActor(run, run.live, () => screen)
  listenToSignals(run.live, mode, act)
  run.supervisor.start()
  run.orphans.start()
  run.processes.start()
  for (const signal of takeEarlySignals()) act(meaningOf(signal, run.live, mode()), signal)
  checks.start()
  screen = ui && openScreen(ui.startInterface, run, loaded)
  manager.ready()
  outside.start()
  const leaveMemory = keepYoungSmall(run.clock)

  const end = await run.supervisor.ended
  manager.stopping()
  clearInterval(keepAlive)
  leaveMemory()
  await screen?.close()
  orphanSocket?.release()
  await run.close()
  await outside.close()
  await records.close()
  manager.close()
  if (screen !== undefined || records.lost() > 0) printEnd(end, records.lost())
  return exitCodeOf(end, run)
}

/** Its code is loaded only where programs are to connect. */
async function openOrphanSocket(settings: Settings): Promise<OrphanSocket | undefined> {
  return settings.orphans.socket === undefined ? undefined : await (await import('./orphans.ts')).openOrphanSocket(settings)
}

function nothingToDo(): number {
  console.error('tsupervise: there is nothing to supervise: no command was given, and no configuration file was found.')
  console.error('Give a command (tsupervise -- COMMAND ARG...) or a configuration (tsupervise --config FILE).')
  return 2
}

/** The screen has gone, or the log is not whole: why the run ended is said where it can still be read. */
function printEnd({ code, reason }: RunEnd, linesLost: number): void {
  const print = code === 0 && linesLost === 0 ? console.log : console.error
  print(`tsupervise: ended with ${code}: ${reason}${linesLost === 0 ? '' : `; lines of the log that could not be written: ${linesLost}`}`)
}

/** With --exit-with-worker the worker's own code, or 128 + signal; else the run's. */
function exitCodeOf(end: RunEnd, run: BuiltRun): number {
  if (!run.settings().exitWithWorker) return end.code
  const worker = selectNodes(run.store.getState()).find(({ description }) => description.kind === 'worker')
  return exitCodeWithWorker(end, worker && { name: worker.description.name, exit: worker.lastExit })
}
