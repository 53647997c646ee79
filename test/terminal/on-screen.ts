import { readFileSync } from 'node:fs'
import { afterEach } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { COMMAND, RunningCommand } from '../helpers/command.ts'
import { identityOf } from '../helpers/processes.ts'
import { openPty, type Pty } from '../helpers/pty.ts'
import { waitUntil } from '../helpers/wait-until.ts'

interface Options {
  readonly args?: readonly string[]
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** The built command in a terminal of its own, supervising real processes. */
export interface OnScreen {
  readonly pty: Pty
  readonly folder: string
  /** Where it is configured; JSON, which is YAML. */
  readonly configuration: string
  type(keys: string): void
  shows(text: string | RegExp, timeoutMs?: number): Promise<void>
  /** Events of this name in its log, the oldest first. */
  events(name: string): readonly Record<string, unknown>[]
  event(name: string, count?: number): Promise<Record<string, unknown>>
  /** The leader of a node's newest incarnation. */
  leader(node: string): Promise<Identity>
  readonly processes: RunningCommand['processes']
  /** Writes a file into the folder of this test. */
  file(name: string, text: string): string
}

/** For one test file: starts commands, and ends all of them after each test. */
export function screensOfTest() {
  const open: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const dispose of open.splice(0)) await dispose()
  })

  return (settings: object, { args = [], columns = 80, rows = 24, env = {} }: Options = {}): OnScreen => {
    const made = new RunningCommand()
    const log = `${made.folder}/run.log`
    const configuration = made.file('tsupervise.json', JSON.stringify({ name: 'terminal', log: { file: log }, ...settings }))
    const pty = openPty({
      command: process.execPath,
      args: [COMMAND, '--config', configuration, ...args],
      columns,
      rows,
      cwd: made.folder,
      env: {
        ...made.processes.environment,
        TSUPERVISE_STATE_DIR: made.stateFolder,
        TSUPERVISE_CONTROL_SOCKET: 'none',
        XDG_CONFIG_HOME: `${made.folder}/config`,
        CI: undefined,
        NO_COLOR: undefined,
        LC_ALL: 'C.UTF-8',
        ...env
      }
    })
    open.push(async () => {
      pty.close()
      await made.dispose()
    })
    const logged = (): string => {
      try {
        return readFileSync(log, 'utf8')
      } catch {
        return '' // not there yet
      }
    }
    const events = (name: string) =>
      logged()
        .split('\n')
        .slice(0, -1)
        .map((line): Record<string, unknown> => JSON.parse(line))
        .filter(({ event }) => event === name)
    const describe = (what: string) => () => `${what}; log:\n${logged()}\nscreen:\n${pty.screen.text()}`
    return {
      pty,
      folder: made.folder,
      configuration,
      processes: made.processes,
      file: (name, text) => made.file(name, text),
      type: (keys) => pty.type(keys),
      shows: (text, timeoutMs) =>
        pty.waitFor((screen) => (typeof text === 'string' ? screen.includes(text) : text.test(screen)), String(text), timeoutMs),
      events,
      event: (name, count = 1) => waitUntil(() => events(name)[count - 1], describe(`${name} #${count}`)),
      leader: (node) =>
        waitUntil(
          () => {
            const started = events('node-started').findLast((event) => event['node'] === node)
            return started === undefined ? undefined : identityOf(Number(started['leaderPid']))
          },
          describe(`the leader of ${node}`)
        )
    }
  }
}
