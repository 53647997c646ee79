import { afterEach, describe, expect, it } from 'vitest'
import { type CommandPorts, runCommand } from '../../src/core/side-command/run.ts'
import { describeCommandEnd } from '../../src/core/side-command/wording.ts'
import { realPorts } from '../helpers/command-ports.ts'
import { identityOf, statFields, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const processes = new TestProcesses()
afterEach(() => {
  processes.cleanUp()
})
const shell = (script: string) => ['/bin/sh', '-c', script]
const run = (script: string, timeoutMs = 10_000, stdin?: string, ports: CommandPorts = realPorts(processes)) =>
  runCommand({ argv: shell(script), timeoutMs, stdin }, ports)

describe('a side command', () => {
  it('gives its exit status, its output and its last line', async () => {
    expect(await run('echo one; echo two; echo " three " >&2; exit 3')).toEqual({
      kind: 'exited',
      exit: { code: 3, signal: undefined, oomKilled: false },
      stdout: 'one\ntwo\n',
      lastLine: 'three'
    })
    expect(await run('kill -TERM $$')).toMatchObject({ kind: 'exited', exit: { code: undefined, signal: 'SIGTERM' } })
  })

  it('gets its standard input, and need not read it', async () => {
    expect(await run('cat', 10_000, 'hello')).toMatchObject({ stdout: 'hello' })
    expect(await run('exec <&-; echo done', 10_000, 'x'.repeat(1_000_000))).toMatchObject({ kind: 'exited', stdout: 'done\n' })
  })

  it('is bounded in output, and never blocks on what is beyond', async () => {
    const outcome = await run('head -c 5000000 /dev/zero | tr "\\0" x; echo; echo the end')
    expect(outcome.kind === 'exited' && outcome.stdout.length).toBe(65_536)
    expect(outcome).toMatchObject({ lastLine: 'the end', exit: { code: 0 } })
  })

  it('leads a session of its own', async () => {
    const outcome = await run('cut -d" " -f1,5,6 < /proc/$$/stat')
    const [pid, group, session] = (outcome.kind === 'exited' ? outcome.stdout.trim() : '').split(' ')
    expect(group).toBe(pid)
    expect(session).toBe(pid)
    expect(Number(session)).not.toBe(statFields(process.pid)?.sid)
  })

  it('says why it could not be started', async () => {
    const ports = realPorts(processes)
    const missing = await runCommand({ argv: ['/nowhere/at-all'], timeoutMs: 1000, stdin: undefined }, ports)
    expect(missing).toEqual({ kind: 'failed', failure: { code: 'ENOENT', message: '/nowhere/at-all could not be started: ENOENT' } })
    const forbidden = await runCommand({ argv: ['/etc/passwd'], timeoutMs: 1000, stdin: 'x' }, ports)
    expect(forbidden).toMatchObject({ kind: 'failed', failure: { code: 'EACCES' } })
    expect(describeCommandEnd(missing, 1000)).toBe('/nowhere/at-all could not be started: ENOENT')
  })

  for (const pidfds of ['auto', 'none'] as const) {
    it(`is killed with its whole group when it takes too long, ${pidfds === 'auto' ? 'through the pidfd of its leader' : 'without pidfds'}`, async () => {
      const ports = realPorts(processes, pidfds)
      const outcome = await run('trap "" TERM; sleep 300 & echo started; sleep 300; true', 400, undefined, ports)
      expect(outcome).toMatchObject({ kind: 'timed-out', exit: { signal: 'SIGKILL' }, stdout: 'started\n' })
      expect(describeCommandEnd(outcome, 400)).toBe('not finished within 400 ms, killed: started')
      await waitUntil(() => processes.alive().length === 0, 'the whole group is gone')
      expect(ports.signals.some((signal) => signal.includes('group'))).toBe(true)
    })
  }

  for (const [known, ports] of [
    ['by its leader', realPorts(processes)],
    ['without group signals', realPorts(processes, 'none')],
    [
      'when it was gone before it could be identified',
      { ...realPorts(processes), table: { ...realPorts(processes).table, inspect: () => undefined } }
    ]
  ] as const) {
    it(`takes what it left in its group along at its end, ${known}`, async () => {
      expect(await run('sleep 300 & echo $!', 10_000, undefined, ports)).toMatchObject({ kind: 'exited', exit: { code: 0 } })
      await waitUntil(() => processes.alive().length === 0, 'the leftover is gone')
    })
  }

  it('does not wait for somebody who left the group and holds the pipe', async () => {
    const outcome = await run('setsid sleep 300 & while [ ! -d /proc/$! ]; do :; done; sleep 0.2; echo $!')
    const pid = Number(outcome.kind === 'exited' ? outcome.stdout : Number.NaN)
    expect(identityOf(pid)).toBeDefined()
  })

  it.skipIf(process.getuid?.() !== 0)('runs as somebody else', async () => {
    const outcome = await run('id -u; id -g; id -G; pwd', 10_000, undefined, {
      ...realPorts(processes),
      uid: 65_534,
      gid: 65_534,
      cwd: '/'
    })
    expect(outcome).toMatchObject({ stdout: '65534\n65534\n65534\n/\n' })
  })
})
