/** What may stand first in the arguments, each with arguments of its own: one line of it, for the help page. */
export const SUBCOMMANDS = {
  status: { summary: 'what runs, and what is wrong' },
  start: { summary: 'start nodes' },
  stop: { summary: 'stop nodes' },
  restart: { summary: 'stop nodes and start them again' },
  signal: { summary: 'send a signal to a managed process' },
  limits: { summary: "show or change a node's limits" },
  observe: { summary: 'measure a node without acting on it' },
  reload: { summary: 'read the configuration again' },
  shutdown: { summary: 'stop everything and end' },
  events: { summary: 'what happened' },
  receipts: { summary: 'why trees were stopped' },
  logs: { summary: 'what a node wrote' },
  check: { summary: 'whether the right processes run' },
  attach: { summary: 'the screen, also of other hosts' },
  register: { summary: 'end a child when its parent dies' },
  unregister: { summary: 'take that back' },
  orphans: { summary: 'the registered pairs' },
  ping: { summary: 'whether an orphan reaper answers' },
  bridge: { summary: 'the far end of attach' },
  completion: { summary: 'completion for bash, zsh and fish' },
  man: { summary: 'the manual page' },
  help: { summary: 'the help page, of a subcommand too' }
} as const satisfies Readonly<Record<string, { readonly summary: string }>>

export type SubcommandName = keyof typeof SUBCOMMANDS

export const isSubcommand = (name: string | undefined): name is SubcommandName => name !== undefined && Object.hasOwn(SUBCOMMANDS, name)
