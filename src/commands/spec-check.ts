import type { SubcommandSpec } from './spec.ts'

/** `tsupervise check`. */
export const CHECK = {
  usage: 'RULE... [options] [-- HOST...]',
  text:
    'Whether as many processes run as should. A RULE is SELECTOR:MIN-MAX, MIN- or -MAX; a selector is a name, a full path, ' +
    'or tests such as exe=/usr/sbin/sshd,user=root; also name, script, args, group, context, state, ppid, container, cpu, memory, ' +
    'vsz and elapsed, with != for what is exempt. Policies: gid0-not-uid0, single-init-domain, no-zombies, no-deleted-binaries. ' +
    'What cannot be seen is UNKNOWN, never OK. Host names that mon appends belong behind --, and are ignored.',
  options: [
    { name: 'settle', value: 'DURATION', help: 'A rule fails only when it fails throughout this time (0s).' },
    {
      name: 'output',
      short: 'o',
      value: 'FORM',
      choices: ['text', 'mon', 'nagios', 'prometheus', 'json'],
      help: 'text, mon, nagios, prometheus or json (text).'
    },
    { name: 'output-file', value: 'FILE', help: 'Write there, replaced as a whole, instead of stdout.' },
    { name: 'exit', value: 'CODES', choices: ['mon', 'nagios'], help: 'mon: 0 or 1; nagios: 0 to 3 (mon with --output mon, else nagios).' },
    { name: 'warning', short: 'w', value: 'RANGE', help: 'Judge the count by a Nagios range instead of MIN-MAX.' },
    { name: 'critical', short: 'c', value: 'RANGE', help: 'The same; looked at first.' },
    {
      name: 'metric',
      short: 'm',
      value: 'METRIC',
      choices: ['cpu', 'vsz', 'rss', 'elapsed'],
      help: 'Judge each process by those ranges: cpu (percent), vsz or rss (KiB), elapsed (seconds).'
    },
    { name: 'explain', help: 'Which processes match, which nearly do, and why not.' },
    { name: 'proc', value: 'ROOT', help: 'Another /proc, or a recorded tree; /sys and /etc are looked for beside it.' },
    { name: 'config', value: 'FILE', help: 'Also the rules under `checks` of a configuration.' }
  ],
  exits: {
    0: 'every rule was evaluated, and passes',
    1: 'a rule fails (mon), or warns (nagios)',
    2: 'a rule fails (nagios)',
    3: 'unknown, or a rule or an option that cannot be read'
  },
  examples: [
    'tsupervise check sshd:1- cron:1-5 /usr/sbin/ntpd:1-1 --settle 10s',
    'tsupervise check exe=/usr/sbin/sshd,user=root:1- --explain',
    "tsupervise check 'cpu=90%/10s,name!=gzip,user!=1000-1999:0-0'",
    'tsupervise check --output nagios -w 1:10 -c 1:20 name=sshd'
  ]
} as const satisfies SubcommandSpec
