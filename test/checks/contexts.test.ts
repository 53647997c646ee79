import { afterAll, describe, expect, it } from 'vitest'
import { apparmor } from '../../src/core/checks/contexts/apparmor.ts'
import type { SecuritySystem } from '../../src/core/checks/contexts/security-system.ts'
import { selinux } from '../../src/core/checks/contexts/selinux.ts'
import { SECURITY_SYSTEMS } from '../../src/core/checks/contexts/systems.ts'
import { parseRule } from '../../src/core/checks/grammar.ts'
import { judge } from '../../src/core/checks/judge.ts'
import { scan } from '../../src/core/checks/scan.ts'
import { createSystemClock } from '../../src/core/clock.ts'
import { checkedRules } from './run-check.ts'
import { type RecordedProcess, RecordedTree } from './tree.ts'

const trees: RecordedTree[] = []
const treeOf = (processes: readonly RecordedProcess[]): RecordedTree => {
  const tree = new RecordedTree(processes)
  trees.push(tree)
  return tree
}
afterAll(() => {
  for (const tree of trees) tree.dispose()
})

const labelled = (pid: number, comm: string, current: string): RecordedProcess => ({
  pid,
  comm,
  exe: `/usr/sbin/${comm}`,
  argv: [comm],
  attr: { current }
})

const SELINUX: readonly RecordedProcess[] = [
  labelled(1, 'systemd', 'system_u:system_r:init_t:s0\0'),
  labelled(700, 'sshd', 'system_u:system_r:sshd_t:s0-s0:c0.c1023\0'),
  labelled(701, 'sshd', 'unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\0'),
  labelled(702, 'auditd', 'system_u:system_r:auditd_t:s0\0'),
  { ...labelled(2, 'kthreadd', 'system_u:system_r:kernel_t:s0\0'), isKernel: true }
]

const APPARMOR: readonly RecordedProcess[] = [
  labelled(1, 'systemd', 'unconfined\n'),
  { ...labelled(800, 'cupsd', 'ignored'), attr: { 'apparmor/current': '/usr/sbin/cupsd (enforce)\n', current: 'wrong (enforce)\n' } },
  labelled(801, 'dnsmasq', '/usr/sbin/dnsmasq//&lxd_dns (complain)\n')
]

const states = async (tree: RecordedTree, ...rules: readonly string[]): Promise<readonly string[]> =>
  (await checkedRules(['--proc', tree.proc, ...rules])).map(({ state, count }) => (count === null ? state : `${state} ${count}`))

describe('SE Linux', () => {
  const tree = treeOf(SELINUX).file('sys/fs/selinux/enforce', '1')

  it('is matched by type, or by any part of user:role:type:level', async () => {
    const rules = [
      'sshd_t',
      '::sshd_t',
      'system_u:::',
      ':system_r',
      ':::s0-s0:c0.c1023',
      'system_u:system_r:sshd_t:s0-s0:c0.c1023',
      'ssh',
      ':::s0-s0'
    ]
    expect(await states(tree, ...rules.map((wanted) => `context=${wanted}:0-`))).toEqual(
      [1, 1, 3, 3, 2, 1, 0, 0].map((count) => `ok ${count}`)
    )
  })

  it('counts one process in the domain of init, and not two or none', async () => {
    expect(await states(tree, 'single-init-domain', 'context=init_t:1-1')).toEqual(['ok 1', 'ok 1'])
    const two = treeOf([...SELINUX, labelled(900, 'rogue', 'system_u:system_r:init_t:s0\0')]).file('sys/fs/selinux/enforce', '0')
    expect(await states(two, 'single-init-domain', 'context=init_t:1-1')).toEqual(['failing 2', 'failing 2'])
    const none = treeOf(SELINUX.slice(1)).file('sys/fs/selinux/enforce', '1')
    expect(await states(none, 'single-init-domain')).toEqual(['failing 0'])
    expect(await states(tree, 'single-init-domain+auditd_t', 'single-init-domain+nosuch_t')).toEqual(['ok 1', 'failing 0'])
  })

  it('is known from the labels of a tree that was recorded without /sys', async () => {
    expect(await states(treeOf(SELINUX), 'context=init_t:1-1')).toEqual(['ok 1'])
  })
})

describe('AppArmor', () => {
  const tree = treeOf(APPARMOR).file('sys/module/apparmor/parameters/enabled', 'Y\n')

  it('is matched by profile, with or without the mode, one of stacked ones too, of its own file first', async () => {
    const rules = ['/usr/sbin/cupsd', '/usr/sbin/cupsd (enforce)', '/usr/sbin/cupsd (complain)', 'lxd_dns', 'unconfined', 'wrong', 'cupsd']
    expect(await states(tree, ...rules.map((wanted) => `context=${wanted}:0-`))).toEqual(
      [1, 1, 0, 1, 1, 0, 0].map((count) => `ok ${count}`)
    )
  })

  it('has no domain of init of itself: unknown, unless one is named', async () => {
    expect(await states(tree, 'single-init-domain', 'single-init-domain+/usr/sbin/cupsd')).toEqual(['unknown', 'ok 1'])
  })
})

describe('a machine without a security system', () => {
  it('knows nothing of contexts: neither ok nor failing', async () => {
    const tree = treeOf([{ pid: 1, comm: 'init' }]).file('sys/module/apparmor/parameters/enabled', 'N\n')
    const rules = await checkedRules(['--proc', tree.proc, 'context=init_t:0-0', 'context=init_t:1-1', 'single-init-domain', 'init:1-1'])
    expect(rules.map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown', 'ok'])
    expect(rules[0]?.reason).toBe('there is no SE Linux or AppArmor here')
  })
})

describe('a further security system', () => {
  const smack: SecuritySystem = {
    name: 'smack',
    title: 'Smack',
    files: ['smack/current', 'current'],
    isPresent: (read) => read('fs/smackfs/version') !== undefined,
    labelIn: (text) => text.trim() || undefined,
    matches: (label, wanted) => label === wanted
  }

  it('is one object more', async () => {
    const tree = treeOf([labelled(5, 'daemon', 'System\n'), labelled(6, 'shell', '_\n')]).file('sys/fs/smackfs/version', '1')
    const rule = parseRule('context=System:1-1')
    if (!rule.ok) throw new Error(rule.error.message)
    const look = async (systems: readonly SecuritySystem[]) => {
      const [tally] = await scan([rule.value], { clock: createSystemClock(), place: { root: tree.proc, systems } })
      return tally && judge(tally)
    }
    expect(await look([...SECURITY_SYSTEMS, smack])).toMatchObject({ state: 'ok', count: 1 })
    expect(await look(SECURITY_SYSTEMS)).toMatchObject({ state: 'unknown' })
  })
})

describe('labels', () => {
  it.each([
    ['system_u:system_r:init_t:s0\0', 'system_u:system_r:init_t:s0'],
    ['a:b:c\n', 'a:b:c'],
    ['unconfined\n', undefined],
    ['/usr/bin/a:b:c (enforce)\n', undefined],
    ['kernel\0', undefined],
    ['', undefined]
  ])('%j is %j of SE Linux', (text, label) => expect(selinux.labelIn(text)).toBe(label))

  it.each([
    ['unconfined\n', 'unconfined'],
    [':ns://name (enforce)\n', ':ns://name (enforce)'],
    ['system_u:system_r:init_t:s0\0', undefined],
    ['', undefined]
  ])('%j is %j of AppArmor', (text, label) => expect(apparmor.labelIn(text)).toBe(label))
})
