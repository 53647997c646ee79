import { field, section } from './field.ts'
import { orphanSignal, socketAddress, socketMode } from './special-values-orphans.ts'
import { duration, interval } from './units.ts'
import { boolean, choice, count, text } from './values.ts'

/** The orphan reaper in the configuration file. */
export const orphansSection = section(
  {
    socket: field(
      socketAddress,
      'Where programs register children: a path, an abstract @name, auto (in the runtime folder), none. Default none.',
      'spawn-time'
    ),
    socketMode: field(socketMode, 'Who may connect; everybody may have only his own processes ended. Default "0600".', 'spawn-time'),
    signal: field(orphanSignal, 'To the child of a dead parent. Default SIGTERM; SIGINT under compat orphand.', 'live'),
    grace: field(duration, 'From the signal to SIGKILL. Default 5s.', 'live'),
    scope: field(choice('child', 'tree'), 'Whether its descendants go too. Default tree; child under compat orphand.', 'live'),
    interval: field(interval, 'Between two looks at processes that have no pidfd. Default 2s.', 'live'),
    lockfile: field(text, 'A second instance with the same one does not start.', 'spawn-time'),
    procfs: field(boolean, 'false: those looks do not compare start times. Default true.', 'live'),
    debugLevel: field(count(1, 4), '1: actions; 2: refusals too; 3: registrations too; 4: every message. Default 3.', 'live')
  },
  'a map such as {socket: auto, grace: 5s}',
  'Children that end when the parent they were registered with dies.'
)
