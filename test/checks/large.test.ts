import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkedRules } from './run-check.ts'
import { RecordedTree } from './tree.ts'

const PROCESSES = 5000

describe('5,000 processes', () => {
  let tree: RecordedTree

  beforeAll(() => {
    tree = new RecordedTree()
    for (let index = 0; index < PROCESSES; index++) {
      const kind = index % 5
      tree.add({
        pid: 100 + index,
        ppid: kind === 0 ? 1 : 100,
        comm: `worker-${kind}`,
        exe: `/usr/bin/worker-${kind}`,
        argv: [`/usr/bin/worker-${kind}`, `--shard=${index}`, 'x'.repeat(200)],
        uid: 1000 + (index % 100),
        gid: 1000,
        rss: index,
        cpu: kind * 10,
        elapsed: 100,
        state: index % 1000 === 999 ? 'Z' : 'S'
      })
    }
  }, 60_000)
  afterAll(() => tree.dispose())

  it('are counted exactly by ten rules in one look, one in each file that there is', async () => {
    const rules = await checkedRules([
      '--proc',
      tree.proc,
      'worker-1:1000-1000',
      '/usr/bin/worker-2:1000-1000',
      'worker-4,user=1004:50-50',
      'args=--shard=123 :1-1',
      'ppid=1:1000-1000',
      'state=Z:5-5',
      'memory=4MB-:904-',
      'cpu=35%/lifetime:995-995',
      'gid0-not-uid0',
      '*:4995-4995'
    ])
    expect(rules.map(({ state, count }) => [state, count])).toEqual(
      [1000, 1000, 50, 1, 1000, 5, 903, 995, 0, 4995].map((count) => [count === 903 ? 'failing' : 'ok', count])
    )
    expect(rules[0]?.pids).toHaveLength(1000)
  })

  it('are explained within bounds', async () => {
    const [rule] = await checkedRules(['--proc', tree.proc, '--explain', '/usr/local/bin/worker-1:1-'])
    const { explain } = rule as unknown as { explain: { near: unknown[]; more: number } }
    expect([explain.near.length, explain.more]).toEqual([20, 980])
  })
})
