import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dropOf, parseCheckedCredentials, violatesGid0 } from '../../src/core/checks/credentials.ts'
import { fixture } from '../helpers/command.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { isRoot } from './programs.ts'
import { checkedRules, runCheck } from './run-check.ts'
import { RecordedTree } from './tree.ts'

const WAYS = ['correct', 'group-kept', 'groups-kept', 'temporary'] as const

describe.skipIf(!isRoot)('real processes that drop the privileges of root', () => {
  const processes = new TestProcesses()
  const pids = new Map<string, number>()

  beforeAll(async () => {
    for (const way of WAYS) {
      const child = processes.spawn('python3', [fixture('drop-privileges.py'), way], { stdio: ['ignore', 'pipe', 'inherit'] })
      await new Promise((resolve) => child.stdout?.once('data', resolve))
      pids.set(way, child.pid ?? 0)
    }
  })
  afterAll(() => void processes.cleanUp())

  /** Which of ours the policy finds; others may run here, too. */
  const found = async (policy: string): Promise<readonly string[]> => {
    const [rule] = await checkedRules([policy])
    const counted = new Set(rule?.pids.map(({ pid }) => pid))
    return WAYS.filter((way) => counted.has(pids.get(way) ?? 0))
  }

  it('setuid before setgid is the violation; a correct and a temporary drop are none', async () => {
    expect(await found('gid0-not-uid0')).toEqual(['group-kept'])
  })

  it('forgotten supplementary groups are one for the strict option', async () => {
    expect(await found('gid0-not-uid0+groups')).toEqual(['group-kept', 'groups-kept'])
    expect(await found('gid0-not-uid0+capabilities')).toEqual(['group-kept'])
  })

  it('is explained: what the others are instead', async () => {
    const { stdout } = await runCheck(['--explain', 'gid0-not-uid0'])
    const whyNot = (way: string): string | undefined => stdout.split('\n').find((line) => line.startsWith(`  not     ${pids.get(way)} `))
    expect(whyNot('temporary')).toContain('a temporary drop: its real or saved uid is 0')
    expect(whyNot('groups-kept')).toContain('it kept group 0 among its supplementary groups (+groups counts it)')
    expect(whyNot('correct')).toBeUndefined()
  })
})

describe('recorded ids', () => {
  const tree = new RecordedTree([
    { pid: 10, comm: 'right', uid: 65534, gid: 65534 },
    { pid: 11, comm: 'wrong', uid: 65534, gid: [65534, 65534, 0, 65534] },
    { pid: 12, comm: 'capable', uid: 65534, gid: 65534, capabilities: '0000000000003000' },
    { pid: 13, comm: 'root', uid: 0, gid: 0, capabilities: '000001ffffffffff' },
    { pid: 14, comm: 'half', uid: [0, 65534, 0, 65534], gid: [0, 65534, 0, 65534] }
  ])
  afterAll(() => tree.dispose())

  it('any of the four counts, for the saved one can be taken up again', async () => {
    const rules = await checkedRules(['--proc', tree.proc, 'gid0-not-uid0', 'gid0-not-uid0+capabilities', 'gid0-not-uid0:-1'])
    expect(rules.map(({ pids, state }) => [pids.map(({ pid }) => pid), state])).toEqual([
      [[11], 'failing'],
      [[11, 12], 'failing'],
      [[11], 'ok']
    ])
  })
})

const id = fc.constantFrom(0, 1, 65_534)
const four = fc.tuple(id, id, id, id)

describe('the violation', () => {
  it('is what its definition says: no uid is 0, and any gid is', () => {
    const credentials = fc.record({
      uids: four,
      gids: four,
      groups: fc.array(id, { maxLength: 3 }),
      hasCapabilities: fc.option(fc.boolean(), { nil: undefined })
    })
    fc.assert(
      fc.property(credentials, fc.boolean(), fc.boolean(), (one, groups, capabilities) => {
        const isDropped = one.uids.every((uid) => uid !== 0)
        const kept =
          one.gids.some((gid) => gid === 0) || (groups && one.groups.includes(0)) || (capabilities && one.hasCapabilities === true)
        expect(violatesGid0(one, { groups, capabilities })).toBe(isDropped && kept)
        if (violatesGid0(one, { groups: false, capabilities: false })) expect(dropOf(one)).toBe('group-kept')
        if (dropOf(one) === 'temporary') expect(violatesGid0(one, { groups: true, capabilities: true })).toBe(false)
      })
    )
  })
})

describe('the ids in a status', () => {
  it('are not those that a name pretends to', () => {
    const status = 'Name:\tUid:\\n\nUmask:\t0022\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t0 27 \nCapPrm:\t00000000a80425fb\n'
    expect(parseCheckedCredentials(status)).toEqual({ uids: [1, 2, 3, 4], gids: [5, 6, 7, 8], groups: [0, 27], hasCapabilities: true })
  })

  it.each(['', 'Name:\tx\n', 'Uid:\t1\t2\t3\nGid:\t1\t1\t1\t1\n', 'Uid:\t1\t2\t3\t4\nGid:\t5\t6'])(
    'are unknown when they are cut: %j',
    (status) => {
      expect(parseCheckedCredentials(status)).toBeUndefined()
    }
  )
})
