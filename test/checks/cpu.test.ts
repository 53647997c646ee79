import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixture } from '../helpers/command.ts'
import { isRoot, NOBODY, Programs } from './programs.ts'
import { checkedRules } from './run-check.ts'
import { RecordedTree } from './tree.ts'

const programs = new Programs()
const name = `b${process.pid}`

afterAll(() => programs.dispose())

const states = async (...rules: readonly string[]): Promise<readonly string[]> => (await checkedRules(rules)).map(({ state }) => state)

describe('a process that burns CPU now, and was idle for long', () => {
  const only = `args=idle-then-burn.py ${name}`

  beforeAll(async () => {
    const { promise: burning, resolve } = Promise.withResolvers<void>()
    const child = programs.processes.spawn('python3', [fixture('idle-then-burn.py'), name, '12'], { stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout?.once('data', () => resolve())
    await burning
  })

  it('is caught by the window, and missed by the average over its lifetime', async () => {
    expect(await states(`${only},cpu=4%/1s:0-0`, `${only},cpu=4%/lifetime:0-0`)).toEqual(['failing', 'ok'])
  })

  it('is below a limit of several cores: 100% is one of them', async () => {
    expect(await states(`${only},cpu=150%/500ms:0-0`)).toEqual(['ok'])
  })

  it('is exempt by program, script, user and range of uids', async () => {
    const uid = process.geteuid?.() ?? 0
    const rules = [
      'name!=idle-then-burn.py',
      'script!=idle-then-burn.py',
      `user!=${uid}`,
      `user!=${uid}-${uid + 999}`,
      `user!=${uid + 1}-${uid + 999}`
    ]
    expect(await states(...rules.map((exempt) => `${only},cpu=4%/1s,${exempt}:0-0`))).toEqual(['ok', 'ok', 'ok', 'ok', 'failing'])
  })

  it.skipIf(!isRoot)('is one user among others', async () => {
    const { promise: burning, resolve } = Promise.withResolvers<void>()
    const args = ['-c', 'import sys; print("burning", flush=True)\nwhile True: pass', `${name}other`]
    const child = programs.processes.spawn('python3', args, { stdio: ['ignore', 'pipe', 'ignore'], uid: NOBODY, gid: NOBODY })
    child.stdout?.once('data', () => resolve())
    await burning
    const other = `args=${name}other,cpu=4%/1s`
    expect(await states(`${other}:0-0`, `${other},user!=nobody:0-0`, `${other},user!=0:0-0`)).toEqual(['failing', 'ok', 'failing'])
  })
})

describe('CPU of a recorded tree', () => {
  const tree = new RecordedTree([
    { pid: 10, comm: 'old', cpu: 50, elapsed: 100 },
    { pid: 11, comm: 'new', cpu: 0.9, elapsed: 1 }
  ])
  afterAll(() => tree.dispose())

  it('is known over the lifetime, above the limit and not at it', async () => {
    const rules = await checkedRules(['--proc', tree.proc, 'cpu=49.9%/lifetime:0-', 'cpu=50%/lifetime:0-', 'cpu=89%/lifetime:0-'])
    expect(rules.map(({ count }) => count)).toEqual([2, 1, 1])
  })

  it('is unknown over a window, in which no time passes', async () => {
    const [rule] = await checkedRules(['--proc', tree.proc, 'cpu=10%/200ms:0-0'])
    expect(rule?.state).toBe('unknown')
  })

  it('is unknown without the time since boot', async () => {
    const timeless = new RecordedTree([{ pid: 10, comm: 'old', cpu: 50, elapsed: 100 }]).file('proc/uptime', 'x')
    const rules = await checkedRules(['--proc', timeless.proc, 'cpu=10%/lifetime:0-0', 'elapsed=1h-:0-0', 'old:1-1'])
    timeless.dispose()
    expect(rules.map(({ state }) => state)).toEqual(['unknown', 'unknown', 'ok'])
  })
})

it('memory, virtual memory and age are ranges', async () => {
  const tree = new RecordedTree([
    { pid: 10, comm: 'small', rss: 1024, vsz: 4096, elapsed: 30 },
    { pid: 11, comm: 'large', rss: 1_048_576, vsz: 4_194_304, elapsed: 7200 }
  ])
  const rules = await checkedRules([
    '--proc',
    tree.proc,
    'memory=1GB-:0-',
    'memory=-1MB:0-',
    'memory=2MB-500MB:0-',
    'vsz=4GB-:0-',
    'elapsed=1h-:0-',
    'elapsed=-30s:0-'
  ])
  tree.dispose()
  expect(rules.map(({ pids }) => pids.map(({ pid }) => pid))).toEqual([[11], [10], [], [11], [11], [10]])
})
