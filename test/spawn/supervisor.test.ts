import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { parseProcStatus } from '../../src/core/process/proc-status.ts'
import { findTools } from '../../src/core/spawn/tools.ts'
import { fixture } from '../helpers/node-settings.ts'
import { identityOf, isAlive, killIdentity, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// biome-ignore lint/suspicious/noExplicitAny: messages of a fixture are looked at field by field
type Message = Record<string, any>

let processes = new TestProcesses()
afterEach(async () => {
  await waitUntil(() => processes.cleanUp().length === 0, 'the end of what the test left')
  processes = new TestProcesses()
})

/** A supervisor in a process of its own, behind `wrapper`. */
function supervisor(wrapper: readonly string[] = []) {
  const [command = '', ...args] = [...wrapper, process.execPath, fixture('spawning-supervisor.ts')]
  const child: ChildProcess = processes.spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const messages: Message[] = []
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => messages.push(JSON.parse(line)))
  const said = async (key: string, after = 0): Promise<Message> =>
    waitUntil(
      () => messages.slice(after).find((message) => key in message),
      () => `${key} of the supervisor, which said ${JSON.stringify(messages.slice(-5))}`
    )
  /** The first answer to a request: started or failed. */
  const ask = async (settings: object): Promise<Message> => {
    const after = messages.length
    child.stdin?.write(`${JSON.stringify({ env: processes.environment, ...settings })}\n`)
    return waitUntil(
      () => messages.slice(after).find((message) => 'started' in message || 'failed' in message),
      () => `an answer of the supervisor, which said ${JSON.stringify(messages.slice(-5))}, exit ${child.exitCode} ${child.signalCode}`
    )
  }
  return { child, messages, said, ask }
}

const python = spawnSync('python3', ['--version']).status === 0

test.skipIf(!python)('scenario 6: a child starts with a clean mask and default dispositions (needs python3)', async () => {
  const hostile = `
import os, signal, sys
for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, 32, 33}:
    if number < 32: signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGPIPE})
os.execvp(sys.argv[1], sys.argv[1:])`
  const { ask, said, messages } = supervisor(['python3', '-c', hostile])
  const ready = await said('ready')
  const own = parseProcStatus(execFileSync('cat', [`/proc/${ready['ready']}/status`], { encoding: 'latin1' }))
  // the control: the supervisor itself did inherit what a child must not (the mask is emptied by Node)
  expect(own?.ignored).not.toBe(0n)
  expect(await ask({ argv: [fixture('report-signals.sh')] })).toHaveProperty('started')
  await said('exit')
  const status = await waitUntil(() => parseProcStatus(messages.flatMap(({ line }) => line ?? []).join('\n')), 'the status of the child')
  expect({ blocked: status.blocked, ignored: status.ignored, caught: status.caught }).toEqual({ blocked: 0n, ignored: 0n, caught: 0n })
})

test.skipIf(!findTools().setpriv?.options.parentDeathSignal)(
  'a child dies with a supervisor that is killed, at the gate or later (needs setpriv of util-linux)',
  async () => {
    const { ask, said } = supervisor()
    const { ready } = await said('ready')
    const { started } = await ask({ argv: [fixture('ignore-sigterm.sh')] })
    const child = identityOf(started)
    const parent = identityOf(ready)
    if (child === undefined || parent === undefined) throw new Error('both live')
    killIdentity(parent)
    await waitUntil(() => !isAlive(child), 'the end of the child')
  }
)

const prlimit = findTools().prlimit

test.skipIf(prlimit === undefined)(
  'scenario 14: without descriptors nothing starts, it is named, and the supervisor lives (needs prlimit)',
  async () => {
    const { ask, said } = supervisor()
    const { ready } = await said('ready')
    expect(await ask({ argv: ['true'] })).toHaveProperty('started')
    const codes = new Set<string>()
    for (let limit = 3; limit <= 60; limit++) {
      execFileSync('prlimit', ['--pid', String(ready), `--nofile=${limit}:`])
      const answer = await ask({ argv: ['true'] })
      codes.add(answer['failed'] ?? 'started')
    }
    expect(codes).toContain('EMFILE')
    expect([...codes].filter((code) => !['EMFILE', 'setup-failed', 'started'].includes(code))).toEqual([])
    execFileSync('prlimit', ['--pid', String(ready), '--nofile=500:'])
    expect(await ask({ argv: ['true'] })).toHaveProperty('started')
  }
)

/** RLIMIT_NPROC binds ordinary users only. */
const asNobody = process.geteuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] : []
const [tester = 'test', ...testerArgs] = [...asNobody, 'test', '-r', fixture('spawning-supervisor.ts'), '-a', '-x', process.execPath]
const readable = spawnSync(tester, testerArgs).status === 0

test.skipIf(prlimit === undefined || !readable)(
  'scenario 14: without room for processes likewise (needs prlimit, and a user who can read this folder)',
  async () => {
    const { ask, said } = supervisor(asNobody)
    const { ready } = await said('ready')
    expect(await ask({ argv: ['true'] })).toHaveProperty('started')
    const limit = (nproc: number): void => {
      const [command = '', ...args] = [...asNobody, 'prlimit', '--pid', String(ready), `--nproc=${nproc}:`]
      execFileSync(command, args)
    }
    limit(1)
    expect(await ask({ argv: ['true'] })).toMatchObject({ failed: 'EAGAIN' })
    limit(5000)
    expect(await ask({ argv: ['true'] })).toHaveProperty('started')
  }
)
