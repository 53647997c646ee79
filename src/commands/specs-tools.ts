import { type SubcommandSpec, WHICH } from './spec.ts'

/** Subcommands around a supervisor. */
export const TOOLS = {
  attach: {
    usage: '[NAME | SOCKET | USER@HOST[:NAME]]... [options]',
    text:
      'The screen of a supervisor that runs already, here or on another host; q leaves it running. Several become one tree, ' +
      'a branch each. HOST: is a host without a user. Hosts are reached with your own ssh, its configuration and agent; tsupervise must be installed there. ' +
      'A connection that is lost is shown with its age and tried again; the processes go on.',
    words: ['supervisor'],
    options: [
      { name: 'read-only', help: 'Send no commands.' },
      { name: 'remote-command', value: 'COMMAND', help: 'How tsupervise is called on the hosts (tsupervise).' },
      { name: 'color', negative: true, help: 'No colours, as with NO_COLOR.' },
      { name: 'ascii', help: 'Only ASCII signs on the screen.' },
      { name: 'theme', value: 'NAME', choices: ['default', 'high-contrast', 'monochrome'], help: 'How it looks (default).' },
      { name: 'screen-reader', help: 'Sentences for a screen reader instead of columns.' },
      {
        name: 'config',
        short: 'c',
        value: 'FILE',
        help: 'Whose ui: is used: keys, theme. Else the configuration that is found here; none: no file.'
      },
      ...WHICH
    ],
    exits: { 0: 'detached' },
    examples: ['tsupervise attach', 'tsupervise attach web', 'tsupervise attach root@web-01 root@web-02:api']
  },
  bridge: {
    usage: '[options]',
    text:
      "Joins stdin and stdout to a supervisor's control socket. What attach runs on other hosts. The first line each way " +
      'is a greeting with the version.',
    options: [...WHICH]
  },
  ping: {
    usage: '[options]',
    text: "Asks an orphan reaper for echoes, in orphand's wire protocol.",
    options: [
      { name: 'count', short: 'n', value: 'N', help: 'So many (1).' },
      { name: 'orphan-socket', value: 'PATH', help: 'Its socket, or @name (ORPHAND_SOCKET).' }
    ],
    exits: { 3: 'no orphan reaper can be reached', 4: 'no echo in time' }
  },
  completion: {
    usage: 'bash|zsh|fish',
    text: 'Prints what makes the shell complete subcommands, options and the nodes of the running supervisor.',
    words: [['bash', 'zsh', 'fish']],
    options: [...WHICH],
    examples: [
      'eval "$(tsupervise completion bash)"',
      'tsupervise completion zsh > "$fpath[1]/_tsupervise"',
      'tsupervise completion fish > ~/.config/fish/completions/tsupervise.fish'
    ]
  },
  man: { usage: '', text: 'Prints the manual page (roff).', options: [], examples: ['tsupervise man | man -l -'] },
  help: { usage: '[SUBCOMMAND]', text: 'The help page, of a subcommand too.', words: ['subcommand'], options: [] }
} as const satisfies Readonly<Record<string, SubcommandSpec>>
