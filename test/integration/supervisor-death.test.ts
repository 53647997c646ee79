import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { commandLineOf } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'

const KILLS = 50
/** Supervisors at a time; each follows the one before it with the same state folder, whose journal it has to read. */
const LANES = 3
const LIMIT_MS = 3000

const moments = ['start-up', 'steady', 'stop', 'respawn'] as const
type Moment = (typeof moments)[number]

/** `group`: the guardian finds everything by cookie and session. */
type Containment = 'auto' | 'group'

const configuration = (folder: string, immune: boolean, containment: Containment) => ({
  orphans: { socket: join(folder, 'orphan.sock') },
  worker: {
    command: [fixture('restless.sh')],
    containment,
    restart: 'always',
    respawn: { limit: 100_000, delay: '0s', maxDelay: '0s', minUptime: '0s' },
    stop: { commandedGrace: '200ms' }
  },
  extensions: {
    daemons: { command: [fixture(immune ? 'daemon-family.py' : 'leave-me.py')], containment, stop: { commandedGrace: '200ms' } },
    orphans: { containment, command: ['perl', fixture('registering.pl')], stop: { commandedGrace: '200ms' } }
  }
})

/** The killed one, and what it is known to have started: by identity, whatever became of its environment. */
interface Killed {
  readonly command: RunningCommand
  readonly moment: string
  readonly known: readonly Identity[]
}

async function killAt(command: RunningCommand, moment: Moment, wait: number): Promise<Killed> {
  const known = new Map<number, Identity>()
  const note = (pid: number): void => {
    const identity = identityOf(pid)
    if (identity !== undefined && !known.has(pid)) known.set(pid, identity)
  }
  let read = 0
  const noteAll = (): void => {
    const events = command.events.slice(read)
    read += events.length
    for (const { event, pid, message } of events) {
      if (event === 'node-started') note(Number(pid))
      if (event === 'output') for (const [number] of message.matchAll(/\d+/g)) note(Number(number))
    }
  }
  const noting = setInterval(noteAll, 20)
  if (moment !== 'start-up') {
    await command.line('daemons', /^ready/)
    await command.line('worker', /^naked/)
    await command.line('orphans', /^registering/)
  }
  if (moment === 'stop') command.signal('SIGTERM')
  if (moment === 'respawn') killIdentity(command.leader('worker'))
  await pause(wait)
  noteAll()
  command.signal('SIGKILL')
  clearInterval(noting)
  await command.exit()
  return { command, moment: `${moment} + ${Math.round(wait)} ms`, known: [...known.values()] }
}

const remaining = ({ command, known }: Killed): Identity[] => [...command.processes.alive(), ...known.filter(isAlive)]

async function expectNothingLeft(killed: Killed): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (remaining(killed).length > 0 && performance.now() < deadline) await pause(30)
  const left = remaining(killed).map(({ pid }) => `${pid} ${commandLineOf(pid).join(' ').slice(0, 100)}`)
  expect(left, `killed at ${killed.moment}:\n${killed.command.log()}`).toEqual([])
}

/** Whole lines, each an event; what was being written at that moment may be missing its end. */
function expectReadable(events: string): void {
  const lines = existsSync(events) ? readFileSync(events, 'utf8').split('\n').slice(0, -1) : []
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
}

const commands = commandsOfTest()

const start = (home: RunningCommand, immune: boolean, containment: Containment): RunningCommand =>
  commands.start(configuration(home.folder, immune, containment), [], { env: { TSUPERVISE_STATE_DIR: home.stateFolder } })

test('killed with SIGKILL at 50 random moments under load, it leaves no process and no journal that cannot be read', async () => {
  const turns = Array.from({ length: KILLS }, (_, index) => index)
  const lane = async (): Promise<void> => {
    const home = commands.prepare()
    try {
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
        const moment = moments[turn % moments.length] ?? 'steady'
        const wait = Math.random() * (moment === 'start-up' ? 500 : moment === 'stop' ? 150 : 80)
        const command = start(home, turn % 5 === 0, turn % 8 < 4 ? 'auto' : 'group')
        await expectNothingLeft(await killAt(command, moment, wait))
        expect(command.of('problem').map(({ message }) => message)).toEqual([])
        expectReadable(join(home.stateFolder, 'events.jsonl'))
      }
      // the journal of the last one, too
      const last = start(home, false, 'auto')
      await last.line('orphans', /^registering/)
      await last.stop()
      expect(last.of('problem').map(({ message }) => message)).toEqual([])
    } finally {
      turns.splice(0)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}, 120_000)
