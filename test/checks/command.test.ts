import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { numberOf } from '../../src/core/stop/signal.ts'
import { COMMAND } from '../helpers/command.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { runCheck } from './run-check.ts'
import { RecordedTree } from './tree.ts'

const tree = new RecordedTree([{ pid: 5, comm: 'one', argv: ['one'] }])
const processes = new TestProcesses()
afterAll(() => {
  processes.cleanUp()
  tree.dispose()
})

describe('arguments that cannot be read', () => {
  it.each([
    [['sshd'], 'rule 1 "sshd", column 5: found the end of the rule'],
    [['one:1-', 'tor:2-1'], 'rule 2 "tor:2-1", column 5: found a minimum of 2 above the maximum of 1'],
    [[], 'found no rule'],
    [['-w', '10:5', 'one'], '--warning: found "10:5", expected a range'],
    [['-w', '1', 'one:1-1'], 'rule 1 "one:1-1", column 5: found bounds'],
    [['--settle', 'soon', 'one:1-'], '--settle: found "soon"'],
    [['--output', 'xml', 'one:1-'], '--output: found "xml"'],
    [['--exit', '5', 'one:1-'], '--exit: found "5"'],
    [['--metric', 'cpu', 'one:1-'], '--metric: needs --warning or --critical'],
    [['--metric', 'cpu', '-w', '1', 'one', 'two'], '--metric: found several selectors'],
    [['--explain', '--output', 'mon', 'one:1-'], '--explain: only with'],
    [['--warnin', '1', 'one'], 'did you mean --warning?'],
    [['one:1-', '--', 'two:1-'], '"two:1-" behind --: found a rule, expected host names'],
    [['one:1-', 'web01'], 'rule 2 "web01", column 6'],
    [['--config', '/no/such/file.yaml'], '/no/such/file.yaml']
  ])('%j: 3', async (args, message) => {
    const { code, stdout, stderr } = await runCheck(args)
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain(message)
  })

  it('help is help', async () => {
    const { code, stdout } = await runCheck(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('tsupervise check RULE...')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })
})

describe('a check that does not come to its end', () => {
  const SIGNALS = [
    'SIGTERM',
    'SIGHUP',
    'SIGINT',
    'SIGQUIT',
    'SIGALRM',
    'SIGUSR1',
    'SIGUSR2',
    'SIGXCPU',
    'SIGVTALRM',
    'SIGPROF',
    'SIGIO',
    'SIGPWR'
  ] as const

  it.each(SIGNALS)('by %s has an exit code, and not 0: mon would take its death for a success', async (signal) => {
    const child = processes.spawn(
      process.execPath,
      [COMMAND, 'check', '--output', 'mon', '--proc', tree.proc, '--settle', '60s', 'none:1-'],
      {
        stdio: ['ignore', 'pipe', 'pipe']
      }
    )
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const ended = new Promise<readonly unknown[]>((resolve) => child.once('exit', (...how) => resolve(how)))
    // the last that it listens to: Node itself catches some before
    await waitUntil(() => catches(child.pid ?? 0, 'SIGTRAP'), 'its listeners')
    child.kill(signal)
    expect(await ended).toEqual([1, null])
    await waitUntil(() => stderr !== '', 'a message')
    expect(stderr).toBe(`tsupervise: the check was ended by ${signal}; nothing is known\n`)
  })

  it('by an output that nobody takes is unknown', async () => {
    const full = openSync('/dev/full', 'w')
    const outcome = await runCheck(['--proc', tree.proc, 'one:1-'], { stdio: ['ignore', full, 'pipe'] })
    closeSync(full)
    expect(outcome.code).toBe(3)
    expect(outcome.stderr).toContain('the output cannot be written: ENOSPC')
  })

  it('by a closed standard input is none: it is never read', async () => {
    expect((await runCheck(['--proc', tree.proc, 'one:1-'], { stdio: ['pipe', 'pipe', 'pipe'] })).code).toBe(0)
  })
})

function catches(pid: number, signal: NodeJS.Signals): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(numberOf(signal) - 1)) & 1n) === 1n
}

describe('rules of a configuration', () => {
  it('are evaluated under their names, besides those that are given', async () => {
    const file = join(tree.folder, 'tsupervise.yaml')
    writeFileSync(
      file,
      'checks:\n  rules:\n    the-one: {name: one, count: {min: 1, max: 1}}\n    nothing: {rule: "none:1-"}\n    zombies: {policy: no-zombies}\n'
    )
    const { code, stdout } = await runCheck(['--proc', tree.proc, '--config', file, '--settle', '0', '--output', 'nagios', 'one:0-0'])
    expect(code).toBe(2)
    expect(stdout).toBe(
      'PROCS CRITICAL: 2 of 4 rules do not pass: one:1, nothing:0 | one=1;;0:0;0; the-one=1;;1:1;0; nothing=0;;1:;0; zombies=0;;0:0;0;\nCRITICAL: one: 1 process: 1 > 0 (0-0)\nOK: the-one: 1 process\nCRITICAL: nothing: 0 processes: 0 < 1 (1-)\nOK: zombies: 0 processes\n'
    )
  })

  it('that is not in order is 3', async () => {
    const file = join(tree.folder, 'wrong.yaml')
    writeFileSync(file, 'checks: {rules: {x: {name: one}}}\n')
    const { code, stderr } = await runCheck(['--config', file])
    expect(code).toBe(3)
    expect(stderr).toContain('wrong.yaml:1:')
    expect(stderr).toContain('checks.rules.x: expected count')
  })
})
