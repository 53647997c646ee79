import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCheck } from './run-check.ts'
import { type RecordedProcess, RecordedTree } from './tree.ts'

const tree = new RecordedTree([
  { pid: 5, comm: 'one', exe: '/bin/one', argv: ['one'] },
  { pid: 6, comm: 'two', exe: '/bin/two', argv: ['two'] },
  { pid: 7, comm: 'two', exe: '/bin/two', argv: ['two', '--password', 'hunter2'] },
  { pid: 8, comm: 'tmux: server', exe: '/usr/bin/tmux', argv: ['tmux'] }
])
afterAll(() => tree.dispose())

const check = (...args: readonly string[]) => runCheck(['--proc', tree.proc, ...args])

/** A name as hostile as the kernel allows: 15 bytes, everything but NUL. */
const HOSTILE = ['a|b=1;2;3', "it's\n'x'=9", '\u001b[2J\u001b[31m', ')) S 1 (', 'a\tb"\\c', '‮gnp.exe', '%s%n', '# HELP x', '\r\nOK']

describe('mon', () => {
  it('is silent with 0 when all pass, whatever stands behind --', async () => {
    expect(await check('--output', 'mon', 'one:1-1', 'two:1-', '--', 'web01', 'web02.example.org', '192.0.2.1', 'fe80::1')).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: ''
    })
  })

  it('is a sorted summary without pids, and a line for each rule in their order', async () => {
    const { code, stdout, stderr } = await check('--output', 'mon', 'two:3-', 'one:-0', 'none:1-5', 'one:1-1', 'context=init_t:1-1')
    expect(code).toBe(1)
    expect(stderr).toBe('')
    expect(stdout).toBe(
      [
        'context=init_t:unknown none:0 one:1 two:2',
        'two:2 < 3 (3-)',
        'one:1 > 0 (-0)',
        'none:0 < 1 (1-5)',
        'context=init_t:unknown: there is no SE Linux or AppArmor here',
        ''
      ].join('\n')
    )
  })

  it('ends with 1 for what is unknown alone', async () => expect((await check('--output', 'mon', 'context=init_t:0-0')).code).toBe(1))

  it('may have the exit codes of Nagios', async () => {
    expect((await check('--output', 'mon', '--exit', 'nagios', 'one:2-')).code).toBe(2)
    expect((await check('--output', 'nagios', '--exit', 'mon', 'one:2-')).code).toBe(1)
    expect((await check('--exit', 'mon', 'context=init_t:0-0')).code).toBe(1)
  })
})

describe('nagios', () => {
  it.each([
    [['one:1-1'], 0, 'PROCS OK: one: 1 process | one=1;;1:1;0;\n'],
    [['two:1-1'], 2, 'PROCS CRITICAL: two: 2 processes: 2 > 1 (1-1) | two=2;;1:1;0;\n'],
    [['tmux: server:-5'], 0, "PROCS OK: tmux: server: 1 process | 'tmux: server'=1;;0:5;0;\n"],
    [['context=x:1-1'], 3, 'PROCS UNKNOWN: context=x: there is no SE Linux or AppArmor here\n'],
    [
      ['one:1-', 'two:0-0', 'none:0-'],
      2,
      'PROCS CRITICAL: 1 of 3 rules do not pass: two:2 | one=1;;1:;0; two=2;;0:0;0; none=0;;0:;0;\nOK: one: 1 process\nCRITICAL: two: 2 processes: 2 > 0 (0-0)\nOK: none: 0 processes\n'
    ],
    [['one:1-', 'two:2-2'], 0, 'PROCS OK: all 2 rules pass | one=1;;1:;0; two=2;;2:2;0;\nOK: one: 1 process\nOK: two: 2 processes\n'],
    [['-w', '1', '-c', '5', 'two'], 1, 'PROCS WARNING: 2 processes with two | procs=2;1;5;0;\n'],
    [['-w', '10', '-c', '3'], 2, 'PROCS CRITICAL: 4 processes | procs=4;10;3;0;\n']
  ])('%j: %i', async (args, code, stdout) => {
    expect(await check('--output', 'nagios', ...args)).toEqual({ code, signal: null, stdout, stderr: '' })
  })

  it('says what fails for certain before what is not known', async () => {
    expect((await check('--output', 'nagios', 'context=x:1-1', 'one:2-')).code).toBe(2)
    expect((await check('--output', 'nagios', 'context=x:1-1', 'one:1-')).code).toBe(3)
  })

  it('says on stdout why nothing was evaluated', async () => {
    const { code, stdout, stderr } = await check('--output', 'nagios', 'sshd:')
    expect([code, stderr]).toEqual([3, ''])
    expect(stdout).toBe('PROCS UNKNOWN: rule 1 "sshd:", column 6: found nothing; expected MIN-MAX, MIN- or -MAX, such as 1-1, 1- or -5\n')
  })
})

describe('prometheus', () => {
  const EXPECTED = [
    '# HELP tsupervise_check_processes Processes that the rule counts.',
    '# TYPE tsupervise_check_processes gauge',
    'tsupervise_check_processes{rule="two:1-1"} 2',
    'tsupervise_check_processes{rule="none:0-0"} 0',
    'tsupervise_check_processes{rule="context=x:1-1"} NaN',
    '# HELP tsupervise_check_state Whether the rule is in this state.',
    '# TYPE tsupervise_check_state gauge',
    'tsupervise_check_state{rule="two:1-1",state="ok"} 0',
    'tsupervise_check_state{rule="two:1-1",state="warning"} 0',
    'tsupervise_check_state{rule="two:1-1",state="failing"} 1',
    'tsupervise_check_state{rule="two:1-1",state="unknown"} 0',
    'tsupervise_check_state{rule="none:0-0",state="ok"} 1',
    'tsupervise_check_state{rule="none:0-0",state="warning"} 0',
    'tsupervise_check_state{rule="none:0-0",state="failing"} 0',
    'tsupervise_check_state{rule="none:0-0",state="unknown"} 0',
    'tsupervise_check_state{rule="context=x:1-1",state="ok"} 0',
    'tsupervise_check_state{rule="context=x:1-1",state="warning"} 0',
    'tsupervise_check_state{rule="context=x:1-1",state="failing"} 0',
    'tsupervise_check_state{rule="context=x:1-1",state="unknown"} 1',
    ''
  ].join('\n')

  it('has a sample for every rule, HELP and TYPE once, no timestamps; a rule given twice is one series', async () => {
    expect((await check('--output', 'prometheus', 'two:1-1', 'none:0-0', 'context=x:1-1', 'none:0-0')).stdout).toBe(EXPECTED)
  })

  it('replaces a file as a whole, and leaves nothing beside it', async () => {
    const folder = join(tree.folder, 'textfile')
    tree.file('textfile/checks.prom', 'old')
    const before = statSync(join(folder, 'checks.prom')).ino
    const outcome = await check(
      '--output',
      'prometheus',
      '--output-file',
      join(folder, 'checks.prom'),
      'two:1-1',
      'none:0-0',
      'context=x:1-1'
    )
    expect([outcome.code, outcome.stdout, outcome.stderr]).toEqual([2, '', ''])
    expect(readFileSync(join(folder, 'checks.prom'), 'utf8')).toBe(EXPECTED)
    expect(statSync(join(folder, 'checks.prom')).ino).not.toBe(before)
    expect(statSync(join(folder, 'checks.prom')).mode & 0o777).toBe(0o644 & ~process.umask())
    expect(readdirSync(folder)).toEqual(['checks.prom'])
  })

  it('replaces a link instead of writing through it', async () => {
    tree.file('links/precious', 'precious')
    symlinkSync('precious', join(tree.folder, 'links/checks.prom'))
    await check('--output', 'prometheus', '--output-file', join(tree.folder, 'links/checks.prom'), 'one:1-1')
    expect(readFileSync(join(tree.folder, 'links/precious'), 'utf8')).toBe('precious')
  })

  it('is unknown when it cannot be written, and the old file stays', async () => {
    const path = join(tree.folder, 'no/such/folder/checks.prom')
    const outcome = await check('--output', 'prometheus', '--output-file', path, 'one:1-1')
    expect([outcome.code, outcome.stdout]).toEqual([3, ''])
    expect(outcome.stderr).toContain(`${path} cannot be written: ENOENT`)
    expect(existsSync(path)).toBe(false)
  })
})

describe('json', () => {
  it('is one line with version, time, exit, and for each rule what was asked and what was found', async () => {
    const { stdout, code } = await check('--output', 'json', 'two:1-1', 'none:-3', 'context=x:1-')
    expect(stdout.split('\n')).toHaveLength(2)
    const answer = JSON.parse(stdout) as { time: string; version: string }
    expect(new Date(answer.time).toISOString()).toBe(answer.time)
    expect(answer.version).toMatch(/^\d+\.\d+\.\d+/)
    const start = (pid: number): unknown => ({ pid, startTime: 499_990_000, name: 'two' })
    expect(answer).toMatchObject({
      format: 1,
      exit: code,
      rules: [
        { selector: 'two', min: 1, max: 1, count: 2, state: 'failing', reason: '2 > 1 (1-1)', pids: [start(6), start(7)], restarted: [] },
        { selector: 'none', min: null, max: 3, count: 0, state: 'ok', reason: '', pids: [], restarted: [] },
        { selector: 'context=x', min: 1, max: null, count: null, state: 'unknown', pids: [] }
      ]
    })
  })

  it('explains, with secrets taken out', async () => {
    const { stdout } = await check('--output', 'json', '--explain', 'two:1-1')
    const [rule] = (JSON.parse(stdout) as { rules: { explain: { matched: { command: string }[] } }[] }).rules
    expect(rule?.explain.matched.map(({ command }) => command)).toEqual(['two', 'two --password [redacted]'])
  })
})

describe('text', () => {
  it('is a line for each rule', async () => {
    const { stdout, code } = await check('one:1-1', 'two:1-1', 'context=x:1-1')
    expect(code).toBe(2)
    expect(stdout).toBe(
      'ok      one:1-1  1 process\nFAILING two:1-1  2 > 1 (1-1); pids 6, 7\nUNKNOWN context=x:1-1  there is no SE Linux or AppArmor here\n'
    )
  })
})

describe('hostile process names', () => {
  const processes = HOSTILE.map(
    (comm, index): RecordedProcess => ({ pid: 100 + index, comm, argv: [`${comm}|${comm}`, '\u001b]0;x\u0007'], exe: `/bin/${comm}` })
  )
  const hostile = new RecordedTree(processes)
  afterAll(() => hostile.dispose())

  const rules = [...HOSTILE.map((comm) => `name=${comm.replace(/[\\,:]/g, '\\$&')}:2-`), '*:0-0']
  const forms = ['text', 'mon', 'nagios', 'prometheus', 'json'] as const

  it.each(HOSTILE)('%j is counted by its name, as a process and as a rule', async (comm) => {
    const { code, stderr } = await runCheck(['--proc', hostile.proc, '--output', 'mon', `name=${comm.replace(/[\\,:]/g, '\\$&')}:1-1`])
    expect([code, stderr]).toEqual([0, ''])
  })

  it.each(forms)('in %s can neither add a line nor reach the terminal', async (form) => {
    const { stdout, code } = await runCheck([
      '--proc',
      hostile.proc,
      '--output',
      form,
      ...rules,
      ...(form === 'text' || form === 'json' ? ['--explain'] : [])
    ])
    expect(code).toBeGreaterThan(0)
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    const lines = stdout.trimEnd().split('\n')
    if (form === 'mon') expect(lines).toHaveLength(1 + rules.length)
    if (form === 'nagios') expect(lines).toHaveLength(1 + rules.length)
    if (form === 'nagios') expect(lines.map((line) => line.split('|').length)).toEqual([2, ...rules.map(() => 1)])
    if (form === 'prometheus') {
      expect(lines).toHaveLength(4 + 5 * rules.length)
      for (const line of lines)
        expect(line).toMatch(/^(?:# (?:HELP|TYPE) |tsupervise_check_\w+\{rule="(?:[^"\\]|\\[\\"n])*"(?:,state="\w+")?\} \d+$)/)
    }
    if (form === 'json')
      expect((JSON.parse(stdout) as { rules: { pids: { name: string }[] }[] }).rules.at(-1)?.pids.map(({ name }) => name)).toEqual(HOSTILE)
  })

  it('cannot make a process vanish: a stat that cannot be read makes the answer unknown', async () => {
    const cut = new RecordedTree([
      { pid: 9, comm: 'whole' },
      { pid: 10, comm: 'cut' }
    ])
    writeFileSync(join(cut.proc, '10/stat'), '10 (cut) S 1 2')
    const { code, stdout } = await runCheck(['--proc', cut.proc, 'cut:0-0'])
    cut.dispose()
    expect([code, stdout]).toEqual([3, 'UNKNOWN cut:0-0  processes of others cannot be seen (malformed stat)\n'])
  })

  it('that are no UTF-8 do no harm', async () => {
    const raw = new RecordedTree([{ pid: 9, comm: 'plain', argv: ['x'] }])
    const stat = readFileSync(join(raw.proc, '9/stat'))
    writeFileSync(
      join(raw.proc, '9/stat'),
      Buffer.concat([Buffer.from('9 ('), Buffer.from([0xc3, 0x28, 0xff, 0x80]), stat.subarray(stat.lastIndexOf(')'))])
    )
    for (const form of forms) expect((await runCheck(['--proc', raw.proc, '--output', form, '*:1-1'])).code).toBe(0)
    raw.dispose()
  })
})
