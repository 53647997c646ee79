import { JSON_OUT, type SubcommandSpec, WHICH } from './spec.ts'

/** Subcommands that only look. */
export const LOOKING = {
  status: {
    usage: '[options]',
    text: 'What runs, where it stands and what is wrong: one line a node.',
    options: [JSON_OUT, { name: 'watch', short: 'w', help: 'Again after every change, at most once a second.' }, ...WHICH],
    exits: { 0: 'all is well', 1: 'a node has failed, is stuck or unhealthy' },
    examples: ['tsupervise status', 'tsupervise status --json | jq ".nodes | keys"']
  },
  events: {
    usage: '[options]',
    text: 'What happened, oldest first: a line an event.',
    options: [
      { name: 'follow', short: 'f', help: 'Go on with what happens from now on.' },
      { name: 'since', value: 'SEQ|DURATION', help: 'After the event of this number, or within this time (10m).' },
      { name: 'node', value: 'NODE', help: 'Of this node only.' },
      { name: 'lines', short: 'n', value: 'N', help: 'At most so many of those that have happened (100).' },
      JSON_OUT,
      ...WHICH
    ],
    examples: ['tsupervise events --since 10m --node api', 'tsupervise events --follow --json']
  },
  receipts: {
    usage: '[N] [options]',
    text: 'Why trees were stopped: one line a receipt, or all of receipt N.',
    options: [{ name: 'lines', short: 'n', value: 'N', help: 'At most so many, the newest (20).' }, JSON_OUT, ...WHICH],
    examples: ['tsupervise receipts', 'tsupervise receipts 7']
  },
  logs: {
    usage: 'NODE [options]',
    text: 'What a node wrote, as far as it is kept in memory. On a terminal control characters are shown, not sent.',
    words: ['node'],
    options: [
      { name: 'follow', short: 'f', help: 'Go on with what it writes from now on.' },
      { name: 'lines', short: 'n', value: 'N', help: 'At most so many, the newest (100).' },
      JSON_OUT,
      ...WHICH
    ],
    examples: ['tsupervise logs api --follow']
  },
  orphans: {
    usage: '[options]',
    text: 'Registered pairs: which child ends when which parent dies, and how.',
    options: [JSON_OUT, ...WHICH]
  }
} as const satisfies Readonly<Record<string, SubcommandSpec>>
