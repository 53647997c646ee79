import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandResult, OrphanCommand } from '../core/commands.ts'
import { failure, type Result, success } from '../core/errors.ts'
import type { Answers, Query } from '../core/queries.ts'
import type { Reaper } from '../core/reaper/reaper.ts'
import type { Settings } from '../core/settings.ts'
import type { Closing } from '../core/supervision/shutdown.ts'
import type { OrphanSocket, ReaperParts } from './orphans.ts'

/** The orphan reaper of a run, loaded and built when there is something for it to do. */
export interface OrphanService extends Closing {
  /** Builds it where clients can connect, or an earlier run left registrations. */
  prepare(socket: OrphanSocket | undefined): Promise<void>
  /** Begins with what was prepared. */
  start(): void
  execute(command: OrphanCommand): Promise<CommandResult>
  list(query: Extract<Query, { type: 'orphans' }>): Promise<Result<Answers['orphans']>>
  preview(query: Extract<Query, { type: 'preview-pair' }>): Promise<Result<Answers['preview-pair']>>
  /** What can be changed while it runs. */
  reconfigure(settings: Settings): void
}

/** In the state folder. */
export const JOURNAL_NAME = 'orphans.journal'

/** Clients read the address from there; orphand. */
const SOCKET_VARIABLE = 'ORPHAND_SOCKET'

/** What tells a program where orphans are registered; empty where they are not. */
export const socketVariable = ({ orphans }: Settings): Readonly<Record<string, string>> =>
  orphans.socket === undefined ? {} : { [SOCKET_VARIABLE]: orphans.socket }

/** The same settings with that in the environment of every node that was not given another one on purpose. */
export function tellNodes(settings: Settings): Settings {
  if (settings.orphans.socket === undefined) return settings
  const inherited = process.env[SOCKET_VARIABLE]
  const nodes = settings.nodes.map((node) => {
    const own = node.env[SOCKET_VARIABLE]
    return own !== undefined && own !== inherited ? node : { ...node, env: { ...node.env, ...socketVariable(settings) } }
  })
  return { ...settings, nodes }
}

type Phase = 'new' | 'started' | 'closed'

export function createOrphanService(initial: Settings, parts: ReaperParts): OrphanService {
  let settings = initial
  let built: Reaper | undefined
  let building: Promise<Reaper> | undefined
  let phase: Phase = 'new'

  const build = async (socket: OrphanSocket | undefined): Promise<Reaper> => {
    const { buildReaper } = await import('./orphans.ts')
    built = buildReaper(settings, parts, socket)
    return built
  }

  /** The first command may come before the run has begun, or be the first that there is for it to do. */
  const onDemand = async (): Promise<Reaper> => {
    if (built !== undefined) return built
    building ??= build(undefined).then((reaper) => {
      if (phase === 'started') reaper.start()
      return reaper
    })
    return await building
  }

  const isEmpty = (): boolean => built === undefined && building === undefined

  return {
    async prepare(socket) {
      const { stateDir } = settings
      if (socket !== undefined || (stateDir !== undefined && existsSync(join(stateDir, JOURNAL_NAME)))) await build(socket)
    },
    start() {
      phase = 'started'
      built?.start()
    },
    async execute(command) {
      if (isEmpty() && command.type !== 'register') return failure('not-registered', 'no orphans are registered')
      const reaper = await onDemand()
      return phase === 'closed' ? failure('shutting-down', 'the supervisor is shutting down') : reaper.execute(command)
    },
    list: async (query) => success(built === undefined ? { total: 0, pairs: [] } : built.list(query)),
    preview: async (query) => success((await onDemand()).preview(query)),
    reconfigure(next) {
      settings = next
      const { signal, graceMs, scope, debugLevel, intervalMs, compareStartTimes } = next.orphans
      built?.reconfigure({
        policy: { signal, graceMs, scope, mode: next.dryRun ? 'observe' : 'act' },
        verbosity: debugLevel,
        intervalMs,
        compareStartTimes
      })
    },
    async close() {
      phase = 'closed'
      await (built ?? (await building))?.close()
    },
    hurry: () => built?.hurry()
  }
}
