import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../src/config/arguments.ts'
import { loadSettings } from '../../src/config/load.ts'
import { printRule } from '../../src/core/checks/print.ts'
import type { CheckSettings } from '../../src/core/settings.ts'
import { RecordedTree } from './tree.ts'

/** The checks of a configuration with this text below `checks:`, and a worker. */
async function checksIn(yaml: string): Promise<CheckSettings> {
  const tree = new RecordedTree().file('tsupervise.yaml', `worker: {command: [sleep, "60"]}\nchecks:\n${yaml.replace(/^/gm, '  ')}\n`)
  try {
    const parsed = await parseArguments(['--config', `${tree.folder}/tsupervise.yaml`])
    if (parsed.kind !== 'run') throw new Error('no run')
    return (await loadSettings(parsed, { cwd: tree.folder, env: {}, uid: process.geteuid?.() ?? 0 })).settings.checks
  } finally {
    tree.dispose()
  }
}

const rulesIn = async (yaml: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await checksIn(`rules:\n${yaml.replace(/^/gm, '  ')}`)).rules.map(({ name, rule }) => [name, printRule(rule)]))

describe('rules in the configuration', () => {
  it('may be text, a policy, or fields that mean the same', async () => {
    expect(
      await rulesIn(`
a: {rule: "sshd:1-"}
b: {name: sshd, count: {min: 1}}
c: {exe: /usr/sbin/sshd, user: root, count: {min: 1, max: 1}}
d: {args: "^a,b$", group: 0, ppid: 1, state: Z, count: {max: 0}}
e: {context: "::init_t", container: none, memory: 100MB-, vsz: -4GB, elapsed: 1h-, count: {min: 1}}
f: {cpu: {limit: 90%, window: 10s, exempt: {name: [gzip, xz], user: [backup, 1000-1999, 1000]}}}
g: {cpu: {limit: 50, lifetime: true}, name: worker, count: {max: 2}}
h: {policy: no-zombies}
i: {policy: gid0-not-uid0, strict: [groups], count: {max: 3}}
j: {include: [kernel, zombies], count: {min: 1}}
k: {script: backup.py, count: {max: 1}}`)
    ).toEqual({
      a: 'sshd:1-',
      b: 'sshd:1-',
      c: '/usr/sbin/sshd,user=root:1-1',
      d: 'args=^a\\,b$,group=0,state=Z,ppid=1:-0',
      e: 'context=::init_t,container=none,memory=100MB-,vsz=-4GB,elapsed=1h-:1-',
      f: 'cpu=90%/10s,name!=gzip,name!=xz,user!=backup,user!=1000-1999,user!=1000:0-0',
      g: 'worker,cpu=50%/lifetime:-2',
      h: 'no-zombies:0-0',
      i: 'gid0-not-uid0+groups:-3',
      j: '*,include=zombies,include=kernel:1-',
      k: 'script=backup.py:-1'
    })
  })

  it('have times, and actions', async () => {
    const checks = await checksIn(`
interval: 1m
settle: 2s
rules:
  a: {rule: "a:1-"}
  b: {rule: "b:1-", action: stop}
  c: {rule: "c:1-", action: restart worker}
  d: {rule: "d:1-", run: [notify, now], timeout: 5s}`)
    expect([checks.intervalMs, checks.settleMs]).toEqual([60_000, 2000])
    expect(checks.rules.map(({ action }) => action)).toEqual([
      { kind: 'alert' },
      { kind: 'stop' },
      { kind: 'restart', node: 'worker' },
      { kind: 'run', argv: ['notify', 'now'], timeoutMs: 5000 }
    ])
    expect(await checksIn('settle: 1s')).toEqual({ intervalMs: 30_000, settleMs: 1000, rules: [] })
  })

  it.each([
    ['{rule: sshd}', 'expected a rule such as'],
    ['{rule: "sshd:1-", name: sshd}', 'expected exactly one of rule, policy, and fields'],
    ['{count: {min: 1}}', 'expected exactly one of rule, policy, and fields'],
    ['{rule: "sshd:1-", count: {min: 1}}', 'count belongs to fields'],
    ['{name: sshd}', 'expected count'],
    ['{name: sshd, count: {}}', 'found neither a minimum nor a maximum'],
    ['{name: sshd, count: {min: 2, max: 1}}', 'found a minimum of 2 above the maximum of 1'],
    ['{name: sshd, count: {min: -1}}', 'expected a whole number'],
    ['{exe: sshd, count: {min: 1}}', 'expected the whole path'],
    ['{nam: sshd, count: {min: 1}}', "did you mean 'name'"],
    ['{policy: no-zombie}', 'expected one of gid0-not-uid0'],
    ['{policy: no-zombies, strict: [groups]}', 'strict belongs to the policy gid0-not-uid0'],
    ['{cpu: {limit: 90%}}', 'either window, such as 10s, or lifetime: true'],
    ['{cpu: {limit: 90%, window: 10s, lifetime: true}}', 'either window, such as 10s, or lifetime: true'],
    ['{cpu: {limit: 90%, window: 10ms}}', 'expected at least 100ms'],
    ['{rule: "a:1-", action: reboot}', 'expected alert, stop or restart NODE'],
    ['{rule: "a:1-", action: restart nobody}', "there is no node 'nobody' to restart; there are: worker"],
    ['{rule: "a:1-", action: stop, run: [x]}', 'found action and run'],
    ['{args: "(?=x)", count: {min: 1}}', 'linear time']
  ])('%s is refused', async (rule, message) => {
    const refused = checksIn(`rules: {the-rule: ${rule}}`)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toThrow(/tsupervise\.yaml:3:\d+: .*checks\.rules/)
  })
})
