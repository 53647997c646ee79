import { type SubcommandSpec, WAIT, WHICH } from './spec.ts'

const onNodes = (text: string, example: string) =>
  ({ usage: 'NODE... [options]', text, words: ['node'], options: [WAIT, ...WHICH], examples: [example] }) as const

/** Subcommands that change something. */
export const ACTING = {
  start: onNodes('Starts nodes that are stopped, failed or wait for their next start.', 'tsupervise start api --wait'),
  stop: onNodes('Stops nodes with their whole trees; they stay stopped.', 'tsupervise stop indexer shipper --wait=30s'),
  restart: onNodes('Stops nodes and starts them again; their budget is untouched.', 'tsupervise restart api --wait'),
  signal: {
    usage: 'NODE|PID[:START] SIGNAL [options]',
    text:
      "Sends a signal to a node's leader or to one process of a managed tree. With START (the start time in clock ticks, " +
      'field 22 of /proc/PID/stat) it is refused when the pid belongs to another process by then.',
    words: ['node', 'signal'],
    options: [...WHICH],
    examples: ['tsupervise signal api HUP', 'tsupervise signal 4219:804219 TERM']
  },
  limits: {
    usage: 'NODE [FIELD=VALUE...] [options]',
    text:
      'The limits of a node and where they come from; with FIELD=VALUE, changes them for this run. Fields: memory (200MB), ' +
      'memory-latency (5s), cpu (10%, of all CPUs together), latency (12s), respawn-limit (4).',
    words: ['node', ['memory=', 'memory-latency=', 'cpu=', 'latency=', 'respawn-limit=']],
    options: [{ name: 'save', help: 'Also write them into the configuration file.' }, { name: 'json', help: 'JSON.' }, ...WHICH],
    examples: ['tsupervise limits api', 'tsupervise limits api memory=500MB cpu=25% --save']
  },
  observe: {
    usage: 'NODE on|off [options]',
    text: 'on: the watchdog measures the node and writes receipts, but does not act. off: limits act again.',
    words: ['node', ['on', 'off']],
    options: [...WHICH]
  },
  reload: {
    usage: '[options]',
    text:
      'Reads the configuration again and prints what changes. Live settings change at once, nodes with a changed spawn-time ' +
      'setting restart, removed ones stop and new ones start. An invalid file changes nothing.',
    options: [{ name: 'dry-run', help: 'Only print what would change.' }, { name: 'json', help: 'JSON.' }, ...WHICH]
  },
  shutdown: {
    usage: '[options]',
    text: 'Stops everything, extensions first, and ends the supervisor.',
    options: [{ name: 'force', help: 'Kill at once.' }, WAIT, ...WHICH]
  },
  register: {
    usage: 'PARENT CHILD [options]',
    text: 'When process PARENT dies, CHILD is ended. Each may be PID or PID:START; with START another process of that number is refused.',
    options: [
      { name: 'signal', value: 'SIGNAL', help: 'Sent to it first (as configured; TERM).' },
      { name: 'grace', value: 'DURATION', help: 'From it to SIGKILL (as configured; 5s).' },
      { name: 'scope', value: 'child|tree', choices: ['child', 'tree'], help: 'Only CHILD, or its descendants too (as configured; tree).' },
      ...WHICH
    ],
    examples: ['tsupervise register $$ $! --grace 2s']
  },
  unregister: { usage: 'PARENT CHILD [options]', text: 'Takes a registered pair back: CHILD may outlive PARENT.', options: [...WHICH] }
} as const satisfies Readonly<Record<string, SubcommandSpec>>
