/** A subcommand with arguments of its own. */
export interface Subcommand {
  /** One line, for the help page. */
  readonly summary: string
  /** `argv` without the subcommand's name; gives the exit code, throws UserError. */
  run(argv: readonly string[]): Promise<number>
}

interface Entry {
  readonly summary: string
  readonly load: () => Promise<Pick<Subcommand, 'run'>>
}

/** Each is loaded only when it is called: the supervisor itself starts without them. */
export const SUBCOMMANDS: Readonly<Record<string, Entry>> = {
  status: { summary: 'what runs, and what is wrong', load: () => import('./status.ts') },
  start: { summary: 'start nodes', load: async () => ({ run: (await import('./verbs.ts')).start }) },
  stop: { summary: 'stop nodes', load: async () => ({ run: (await import('./verbs.ts')).stop }) },
  restart: { summary: 'stop nodes and start them again', load: async () => ({ run: (await import('./verbs.ts')).restart }) },
  signal: { summary: 'send a signal to a managed process', load: () => import('./signal.ts') },
  limits: { summary: "show or change a node's limits", load: () => import('./limits.ts') },
  observe: { summary: 'measure a node without acting on it', load: () => import('./observe.ts') },
  reload: { summary: 'read the configuration again', load: () => import('./reload.ts') },
  shutdown: { summary: 'stop everything and end', load: () => import('./shutdown.ts') },
  events: { summary: 'what happened', load: () => import('./events.ts') },
  receipts: { summary: 'why trees were stopped', load: () => import('./receipts.ts') },
  logs: { summary: 'what a node wrote', load: () => import('./logs.ts') },
  check: { summary: 'whether the right processes run', load: () => import('./check.ts') },
  attach: { summary: 'the screen, also of other hosts', load: () => import('./attach.ts') },
  register: { summary: 'end a child when its parent dies', load: async () => ({ run: (await import('./pairs.ts')).register }) },
  unregister: { summary: 'take that back', load: async () => ({ run: (await import('./pairs.ts')).unregister }) },
  orphans: { summary: 'the registered pairs', load: () => import('./orphans.ts') },
  ping: { summary: 'whether an orphan reaper answers', load: () => import('./ping.ts') },
  bridge: { summary: 'the far end of attach', load: () => import('./bridge.ts') },
  completion: { summary: 'completion for bash, zsh and fish', load: () => import('./completion.ts') },
  man: { summary: 'the manual page', load: () => import('./man.ts') },
  help: { summary: 'the help page, of a subcommand too', load: () => import('./help-page.ts') }
}

/** The subcommand that these arguments call, if the first one names one. */
export const subcommandOf = (argv: readonly string[]): Entry | undefined => {
  const name = argv[0]
  return name !== undefined && Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
}
