import { field, section } from './field.ts'
import { stopSignal, warnSignal } from './special-values.ts'
import { duration, percent, period, size } from './units.ts'
import { choice, count, share } from './values.ts'

const ZERO = '0: what the watchdog level says.'

export const limitsSection = section(
  {
    memory: field(size, `Growth of resident memory above the baseline that is still allowed. ${ZERO}`, 'live'),
    memoryLatency: field(duration, 'How long memory may stay above its limit. Default 0s: one sample is enough.', 'live'),
    cpu: field(percent, `Percent of all logical CPUs together. ${ZERO}`, 'live'),
    latency: field(duration, `How long the CPU may stay above its limit. ${ZERO}`, 'live')
  },
  'a map such as {memory: 200MB, cpu: 10%, latency: 12s}',
  'What the watchdog holds the tree to.'
)

export const respawnSection = section(
  {
    limit: field(count(0, 100_000), 'Involuntary ends allowed within the window. Default: what the watchdog level says.', 'live'),
    window: field(period, 'Length of the window. Default 10m.', 'live'),
    minUptime: field(duration, 'A process that lived less than this ended too quickly. Default 4s.', 'live'),
    delay: field(duration, 'Base of the back-off. Default: what the watchdog level says.', 'live'),
    maxDelay: field(duration, 'Longest back-off. Default 10m.', 'live'),
    jitter: field(share, 'Share of the back-off that is added at random. Default 0.1.', 'live'),
    onExhausted: field(
      choice('shutdown', 'fail'),
      'When the budget is used up: end the run with 1, or give up this node. Default shutdown.',
      'live'
    )
  },
  'a map such as {limit: 4, window: 10m}',
  'The respawn budget and the back-off.'
)

export const stopSection = section(
  {
    signal: field(stopSignal, 'Asks the tree to end. Default SIGTERM.', 'live'),
    grace: field(duration, 'From that signal to SIGKILL on a limit stop. Default 4s.', 'live'),
    commandedGrace: field(duration, 'The same on a commanded stop and at shutdown. Default 10s.', 'live'),
    warnSignal: field(
      warnSignal,
      'Before a limit stop, to the leader only. auto: SIGUSR1 where the leader catches it and is no JavaScript runtime.',
      'live'
    )
  },
  'a map such as {signal: SIGTERM, grace: 4s}',
  'How the tree is stopped.'
)
