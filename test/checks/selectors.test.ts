import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandLineOf } from '../helpers/proc.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { isRoot, NOBODY, Programs } from './programs.ts'
import { checkedRules, countsOf, runCheck } from './run-check.ts'

const programs = new Programs()
/** Unique, so that no other process of this machine has it. */
const name = `m${process.pid}`

afterAll(() => programs.dispose())

describe('rules with bounds, several in one call', () => {
  const one = `${name}one`
  const two = `${name}two`

  beforeAll(async () => {
    programs.install(one)
    programs.install(two)
    await programs.start(one)
    await programs.start(two)
    await programs.start(two)
  })

  it('pass together', async () => {
    const outcome = await runCheck([`${one}:1-1`, `${two}:1-`, `${two}:-2`, `${name}none:0-0`, '--output', 'mon'])
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
  })

  it('fail by themselves, each with its bounds', async () => {
    const { code, stdout } = await runCheck(['--output', 'mon', `${two}:3-`, `${one}:0-0`, `${two}:1-1`, `${one}:1-1`])
    expect(code).toBe(1)
    expect(stdout).toBe(`${one}:1 ${two}:2 ${two}:2\n${two}:2 < 3 (3-)\n${one}:1 > 0 (0-0)\n${two}:2 > 1 (1-1)\n`)
  })
})

describe('a full path instead of a name', () => {
  let [first, second] = [0, 0]
  const master = `${name}master`
  const [a, b] = [`a/${master}`, `b/${master}`]

  beforeAll(async () => {
    for (const path of [a, b, 'c/liar']) programs.install(path)
    first = await programs.start(a)
    second = await programs.start(b)
    await programs.start('c/liar', { argv0: programs.path(a) })
  })

  it('tells one from the other, and from one that lies with argv[0]', async () => {
    const rules = await checkedRules([
      `${programs.path(a)}:1-1`,
      `exe=${programs.path(b)}:1-1`,
      `${master}:2-2`,
      `${programs.path('c/liar')}:1-1`
    ])
    expect(rules.map(({ count, state }) => [count, state])).toEqual([
      [1, 'ok'],
      [1, 'ok'],
      [2, 'ok'],
      [1, 'ok']
    ])
    expect(rules[0]?.pids.map(({ pid }) => pid)).toEqual([first])
    expect(rules[1]?.pids.map(({ pid }) => pid)).toEqual([second])
  })

  it('is what the arguments would not tell: a pattern over them is taken in', async () => {
    expect(await countsOf([`args=^${programs.path(a)} 3600$:1-`])).toEqual([2])
  })

  it('holds for a program that was replaced under it, and the policy tells of that', async () => {
    const gone = `${name}gone`
    programs.install(gone)
    const pid = await programs.start(gone)
    const args = [`${programs.path(gone)}:1-1`, 'no-deleted-binaries']
    const before = await checkedRules(args)
    rmSync(programs.path(gone))
    const after = await checkedRules(args)
    expect(after[0]?.count).toBe(1)
    expect(before[1]?.pids.some((one) => one.pid === pid)).toBe(false)
    expect(after[1]?.pids.some((one) => one.pid === pid)).toBe(true)
  })

  it('is explained: which match, which only have the name or claim it', async () => {
    const { stdout } = await runCheck(['--explain', `${programs.path(a)}:1-1`])
    const lines = stdout.split('\n')
    expect(lines[0]).toBe(`ok      ${programs.path(a)}:1-1  1 process`)
    expect(lines.filter((line) => line.startsWith('  matches '))).toEqual([`  matches ${first} ${programs.path(a)} 3600`])
    const near = lines.filter((line) => line.startsWith('  not '))
    expect(near.some((line) => line.includes(` ${second} `) && line.endsWith(`exe is ${programs.path(b)}, not ${programs.path(a)}`))).toBe(
      true
    )
    expect(near.some((line) => line.endsWith(`exe is ${programs.path('c/liar')}, not ${programs.path(a)}`))).toBe(true)
    expect(near).toHaveLength(2)
  })
})

describe('the name of a script', () => {
  const script = `${name}.sh`

  it('is what its interpreter runs, by name as by path', async () => {
    writeFileSync(programs.path(script), 'read line\n')
    const { pid } = programs.processes.spawn('/bin/sh', ['-e', programs.path(script)], { stdio: ['pipe', 'ignore', 'ignore'] })
    await waitUntil(() => commandLineOf(pid ?? 0).includes(programs.path(script)), 'the script to run')
    expect(
      await countsOf([`${script}:1-1`, `script=${script}:1-1`, `script=${programs.path(script)}:1-1`, `${programs.path(script)}:0-0`])
    ).toEqual([1, 1, 1, 0])
  })

  it('is not what stands behind code', async () => {
    const { pid } = programs.processes.spawn('/bin/sh', ['-c', 'read line; true', `${name}other.sh`], {
      stdio: ['pipe', 'ignore', 'ignore']
    })
    await waitUntil(() => commandLineOf(pid ?? 0).includes(`${name}other.sh`), 'the shell to run')
    expect(await countsOf([`${name}other.sh:0-0`, `args=${name}other.sh:1-1`])).toEqual([0, 1])
  })
})

describe('the same program under two users', () => {
  const daemon = `${name}d`

  it.skipIf(!isRoot)('is told apart by name and by number, in both directions', async () => {
    programs.install(daemon)
    const root = await programs.start(daemon)
    const other = await programs.start(daemon, { uid: NOBODY, gid: NOBODY })
    const rules = await checkedRules([
      `${daemon}:2-2`,
      `${daemon},user=root:1-1`,
      `${daemon},user=0:1-1`,
      `${daemon},user=${NOBODY}:1-1`,
      `${daemon},user=nobody:1-1`,
      `${daemon},user!=0:1-1`,
      `${daemon},user=60000-65534:1-1`,
      `${daemon},group=${NOBODY}:1-1`
    ])
    expect(rules.map(({ state }) => state)).toEqual(rules.map(() => 'ok'))
    expect(rules.map(({ pids }) => pids.map(({ pid }) => pid))).toEqual([
      [root, other],
      [root],
      [root],
      [other],
      [other],
      [other],
      [other],
      [other]
    ])
  })

  it('is unknown for a user that is not there, never ok and never failing', async () => {
    const nobodyHas = 'user=no-such-user-here'
    const rules = await checkedRules([`${nobodyHas}:0-0`, `${nobodyHas}:1-`, 'user=4294967000:0-0'])
    expect(rules.map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown'])
    expect(rules[0]?.reason).toBe('there is no user no-such-user-here')
  })
})

it('never counts the checker itself, unless it is asked to', async () => {
  expect(await countsOf([`args=unlikely-${name}:0-`, `args=unlikely-${name},include=self:0-`])).toEqual([0, 1])
})
