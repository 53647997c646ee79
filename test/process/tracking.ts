import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { readdirSync } from 'node:fs'
import type { ProcessTable } from '../../src/core/ports.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { identityOf, statFields, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/** A leader that waits for `release` before it runs its script, as behind the gate. */
export interface Tracked {
  readonly child: ChildProcess
  readonly leader: Identity
  release(): void
  /** What the script reads next. */
  say(line: string): void
}

export interface TrackOptions {
  readonly node?: string
  readonly cgroup?: string
  /** Another one for each tree unless told. */
  readonly cookie?: string
  readonly spawn?: SpawnOptions
}

let tracked = 0

/** Starts a shell that runs `script` (with its stdin) once it is released, and has the table track it. */
export function track(table: ProcessTable, processes: TestProcesses, script: string, options: TrackOptions = {}): Tracked {
  const node = options.node ?? 'worker'
  const cookie = options.cookie ?? `${node}-${processes.mark}-${++tracked}`
  const child = processes.spawn('sh', ['-c', `read _; ${script}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
    ...options.spawn,
    env: { TSUPERVISE_TREE: cookie }
  })
  const leader = identityOf(child.pid ?? 0)
  if (leader === undefined) throw new Error('the leader did not start')
  table.track({ node, leader, cookie, cgroup: options.cgroup })
  const say = (line: string): void => void child.stdin?.write(`${line}\n`)
  return { child, leader, release: () => say('go'), say }
}

/** Uses some CPU in a shell of its own; about 2 ms for 2,500 turns. */
export const burn = (turns: number): string => `i=0; while [ $i -lt ${turns} ]; do i=$((i+1)); done`

export const commands = async (table: ProcessTable, node = 'worker'): Promise<string[]> =>
  (await table.members(node)).map((process) => process.command)

/** Ends what a test started, and waits until no trace of it is left: the next table must not find it as a child of this process. */
export async function endAll(processes: TestProcesses): Promise<void> {
  processes.cleanUp()
  const zombies = (): number[] => readdirSync('/proc').map(Number).filter(isZombieOfOurs)
  const left = (): string => `nothing to be left: alive ${JSON.stringify(processes.alive())}, zombies ${zombies().join()}`
  await waitUntil(() => processes.alive().length === 0 && zombies().length === 0, left)
}

const isZombieOfOurs = (pid: number): boolean => {
  const fields = Number.isInteger(pid) ? statFields(pid) : undefined
  return fields?.ppid === process.pid && fields.state === 'Z'
}

export { TestProcesses }
