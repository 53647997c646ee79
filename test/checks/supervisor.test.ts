import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { commandsOfTest } from '../helpers/commands.ts'
import { signalsOf } from '../helpers/logged.ts'
import { identityOf, isAlive } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { Programs } from './programs.ts'

const commands = commandsOfTest()
const programs = new Programs()
/** In every rule of this file: no other process of this machine has it, and what a rule stops is ours. */
const name = `s${process.pid}`

afterAll(() => programs.dispose())

const QUICK = { interval: '50ms', settle: '0s' }

describe('checks inside the supervisor', () => {
  it('run on an interval, are told when they change, and need nothing else to supervise', async () => {
    programs.install(name)
    const command = commands.start({ checks: { ...QUICK, rules: { daemon: { rule: `${name}:1-1` }, nodes: { rule: `${name}none:0-0` } } } })
    const failing = await command.event('check-changed')
    expect(failing).toMatchObject({ check: 'daemon', from: 'unknown', state: 'failing', count: 0, reason: '0 < 1 (1-1)' })
    expect(failing.message).toContain('check daemon: failing: 0 < 1 (1-1)')
    await programs.start(name)
    const recovered = await command.until(
      () => command.of('check-changed').find(({ state, check }) => state === 'ok' && check === 'daemon'),
      'the recovery'
    )
    expect(recovered).toMatchObject({ from: 'failing', count: 1 })
    expect(command.of('check-added').map(({ check, rule, action }) => [check, rule, action])).toEqual([
      ['daemon', `${name}:1-1`, 'alert'],
      ['nodes', `${name}none:0-0`, 'alert']
    ])
    expect(command.of('check-changed')).toHaveLength(3)
  })

  it('stop the youngest of processes that are too many, each with its receipt, and leave the others alone', async () => {
    const many = `${name}many`
    programs.install(many)
    const pids: number[] = []
    for (let count = 0; count < 3; count++) pids.push(await programs.start(many))
    const identities = pids.map((pid) => identityOf(pid))
    const command = commands.start({ checks: { ...QUICK, rules: { many: { rule: `${many}:-1`, action: 'stop' } } } })
    await command.event('receipt-closed', undefined, 2)
    await command.until(() => command.of('check-changed').find(({ state }) => state === 'ok'), 'the recovery')
    expect(identities.map((identity) => identity !== undefined && isAlive(identity))).toEqual([true, false, false])
    const receipts = command.of('receipt-closed')
    expect(receipts.map(({ reasonKind, reasonCheck, reasonDetail }) => [reasonKind, reasonCheck, reasonDetail])).toEqual([
      ['check', 'many', '3 > 1 (-1)'],
      ['check', 'many', '3 > 1 (-1)']
    ])
    expect(receipts.flatMap((receipt) => signalsOf(receipt)).sort()).toEqual(
      pids
        .slice(1)
        .map((pid) => `SIGTERM leader ${pid} sent`)
        .sort()
    )
    expect(command.of('check-acted').map(({ action, detail }) => [action, detail])).toEqual(
      pids.slice(1).map((pid) => ['stop', `ends ${pid} ${many}`])
    )
  })

  it('stop nothing in a dry run, and say so once', async () => {
    const rogue = `${name}rogue`
    programs.install(rogue)
    const pid = await programs.start(rogue)
    const command = commands.start({
      dryRun: true,
      checks: { ...QUICK, rules: { rogue: { rule: `${rogue}:0-0`, action: 'stop' }, told: { rule: `${rogue}:0-0` } } }
    })
    const receipt = await command.event('receipt-closed')
    expect(receipt).toMatchObject({ mode: 'would-stop', reasonKind: 'check' })
    expect(signalsOf(receipt)).toEqual([`SIGTERM leader ${pid} would-send`])
    await programs.start(rogue)
    await command.event('receipt-closed', undefined, 2)
    expect(identityOf(pid)).toBeDefined()
    expect(command.of('receipt-closed')).toHaveLength(2)
  })

  it('restart a node, with its receipt', async () => {
    const flag = `${name}flag`
    programs.install(flag)
    const command = commands.start({
      worker: { command: ['sleep', '3600'] },
      checks: { ...QUICK, rules: { flag: { rule: `${flag}:0-0`, action: 'restart worker' } } }
    })
    await command.event('node-started', 'worker')
    await programs.start(flag)
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt).toMatchObject({ reasonKind: 'command', reasonCommand: 'restart', reasonBy: 'check flag', nextKind: 'restart' })
    await command.event('node-started', 'worker', 2)
    expect(command.of('check-acted').map(({ action, detail }) => [action, detail])).toEqual([['restart', 'restarts worker']])
  })

  it('run a command with the finding as JSON on its stdin, once for each failure', async () => {
    const command = commands.start({
      checks: {
        ...QUICK,
        rules: {
          gone: { rule: `${name}gone:1-`, run: ['sh', '-c', 'cat > finding.json; echo done'] },
          bad: { rule: `${name}gone:2-`, run: ['sh', '-c', 'exit 7'] }
        }
      }
    })
    const acted = await command.until(() => {
      const both = command.of('check-acted')
      return both.length >= 2 ? both : undefined
    }, 'both commands')
    expect(acted.find(({ check }) => check === 'gone')).toMatchObject({ action: 'run', detail: 'exit 0: done' })
    expect(acted.find(({ check }) => check === 'bad')).toMatchObject({ action: 'run', failureMessage: 'exit 7' })
    expect(JSON.parse(readFileSync(join(command.folder, 'finding.json'), 'utf8'))).toEqual({
      check: { name: 'gone', rule: `${name}gone:1-`, min: 1, action: 'run sh -c cat > finding.json; echo done' },
      result: { state: 'failing', count: 0, reason: '0 < 1 (1-)', processes: [] }
    })
    const ok = await programs.start(name)
    expect(ok).toBeGreaterThan(0)
    expect(command.of('check-acted')).toHaveLength(2)
  })

  it('hold a node to its rule, and say nothing of what its stop at the end does', async () => {
    const node = `${name}node`
    programs.install(node)
    const command = commands.start({
      worker: { command: [programs.path(node), '3600'] },
      checks: { interval: '20ms', settle: '2s', rules: { worker: { rule: `${programs.path(node)}:1-1` } } }
    })
    await command.until(() => command.of('check-changed').find(({ state }) => state === 'ok'), 'the rule to pass')
    command.child?.kill('SIGTERM')
    await waitUntil(() => command.hasEnded, 'the end')
    expect(command.of('check-changed').map(({ state }) => state)).toEqual(['ok'])
  })
})
