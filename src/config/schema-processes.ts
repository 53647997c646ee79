import { field, section } from './field.ts'
import { CACHE_SIZES, processEvents } from './special-values-processes.ts'
import { boolean } from './values.ts'

/** The process cache in the configuration file. */
export const processesSection = section(
  {
    events: field(
      processEvents,
      'Which processes are recorded in process-events.jsonl of the state folder: those of managed trees, of the whole host, none. Default managed.',
      'spawn-time'
    ),
    cacheSize: field(CACHE_SIZES, 'Programs that are remembered at most. Default 65536.', 'spawn-time'),
    kubernetes: field(
      boolean,
      'Ask the cluster which pod a process is in; needs the library @kubernetes/client-node. Default false.',
      'spawn-time'
    )
  },
  'a map such as {events: managed, cacheSize: 65536}',
  'What is remembered and recorded of processes.'
)
