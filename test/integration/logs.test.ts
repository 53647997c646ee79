import { readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/core/receipt.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { driveRun } from '../helpers/driven-run.ts'
import { peakMemory } from '../helpers/proc.ts'

const commands = commandsOfTest()
const node = 'worker'
const MOST_MEMORY = 220 // MiB; a supervisor at rest has some 80, in a flood 120, and up to 180 where 14 busy loops keep its garbage waiting

/** What line-flood.py writes at once. */
const BLOCK = { lines: 20_000, bytes: 20_000 * '0000000 the quick brown fox jumps over the lazy dog\n'.length }

const lines = (command: RunningCommand): string[] => command.of('output', node).map((event) => event.message)

describe('a flood of output', () => {
  test('of 64 MiB: the child is not blocked for good, what was lost is counted, memory stays bounded', async () => {
    const command = commands.start({
      worker: { command: ['sh', '-c', `${fixture('line-flood.py')} 64; echo over >&2; sleep 60`], log: { ringLines: 100 } }
    })
    await command.line(node, /^over$/)
    await command.event('output-dropped', node)
    expect(peakMemory(command.pid)).toBeLessThan(MOST_MEMORY)
    // every line was either shown or counted as lost; unless this test was too slow to read the log, which says so
    const written = Math.ceil((64 * 2 ** 20) / BLOCK.bytes) * BLOCK.lines + ['ready', 'flood over', 'over'].length
    const tooSlow = () => command.of('problem').some((event) => event['failureCode'] === 'log-blocked')
    await command.until(() => shown(command) + lost(command) === written || tooSlow(), 'the whole account')
    expect(lost(command)).toBeGreaterThan(shown(command)) // it really was a flood
    expect((await command.stop()).code).toBe(0)
  })

  const shown = (command: RunningCommand): number => lines(command).length
  const lost = (command: RunningCommand): number =>
    command.of('output-dropped', node).reduce((sum, event) => sum + Number(event['lines']), 0)

  test('without end: requests are answered, the log file is rotated and bounded', async () => {
    const made = commands.prepare()
    const file = `${made.folder}/flood.log`
    const { command, ask } = driveRun(commands, {
      worker: {
        command: [fixture('line-flood.py')],
        log: { file, maxSize: '1MB', maxFiles: 3, echo: false },
        stop: { commandedGrace: '200ms' }
      }
    })
    await command.event('output-dropped', node)
    // each takes its turn between two reads of a flood that never ends: were one of them to wait for its end, the test would too
    for (let turn = 0; turn < 20; turn++) {
      expect((await ask({ type: 'observe', node, observe: turn % 2 === 0 }))['ok']).toBe(true)
    }
    const dropped = command.of('output-dropped', node).length
    await command.event('output-dropped', node, dropped + 1) // it has not ended meanwhile
    // rotated behind the block that passes the limit; for a moment there is none
    expect(statSync(file, { throwIfNoEntry: false })?.size ?? 0).toBeLessThanOrEqual(2 * 2 ** 20)
    await ask({ type: 'stop', node })
    await command.event('node-stopped', node)
    expect(peakMemory(command.pid)).toBeLessThan(MOST_MEMORY)
  })

  test('lines that double up to 64 MiB are cut, and nothing else suffers', async () => {
    const command = commands.start({ worker: { command: ['sh', '-c', `${fixture('line-doubling.py')} 64; echo over >&2; sleep 60`] } })
    await command.line(node, /^over$/)
    expect(peakMemory(command.pid)).toBeLessThan(MOST_MEMORY)
    expect(lines(command).slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, power) => 'x'.repeat(2 ** power)))
    expect(Math.max(...lines(command).map((line) => line.length))).toBeLessThan(100_000)
    expect((await command.stop()).code).toBe(0)
  })
})

test('what a program says comes after its start, however soon it says it', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `quick${index}`)
  const command = commands.start({
    extensions: Object.fromEntries(names.map((name) => [name, { command: ['echo', 'said'], restart: 'never' }]))
  })
  for (const name of names) await command.event('node-stopped', name)
  for (const name of names) {
    const story = command.story(name)
    expect(story.indexOf('output'), story.join(' ')).toBeGreaterThan(story.indexOf('node-started'))
  }
})

describe('what stays of a run', () => {
  test('the event file holds every receipt in full: window, tree, signals, next step', async () => {
    const command = commands.start({
      watchdog: { interval: '200ms', delay: '0s' },
      worker: { command: [fixture('cpu-burner.sh')], limits: { cpu: '5%', latency: '400ms' }, respawn: { limit: 1, maxDelay: '0s' } }
    })
    expect((await command.exit()).code).toBe(1)
    const events = command.eventFile()
    const receipts = events.filter((event) => event['type'] === 'receipt-closed').map((event) => event['receipt'] as Receipt)
    expect(receipts.map(({ id, next }) => [id, next?.kind])).toEqual([
      [1, 'respawn'],
      [2, 'shutdown']
    ])
    for (const receipt of receipts) {
      expect(receipt.window.length).toBeGreaterThanOrEqual(2)
      expect(receipt.tree).toHaveLength(1)
      expect(receipt.tree[0]).toMatchObject({ pid: receipt.leader.pid, startTime: receipt.leader.startTime })
      expect(receipt.signals.map(({ signal }) => signal)).toEqual(expect.arrayContaining(['SIGUSR1', 'SIGTERM', 'SIGCONT']))
      expect(receipt.exit?.signal).toBe('SIGTERM')
      expect(receipt.survivors).toEqual([])
    }
    expect(events.map((event) => event['seq'])).toEqual([...events.map((event) => Number(event['seq']))].sort((a, b) => a - b))
    expect(events.at(-1)).toMatchObject({ type: 'supervisor-ended', code: 1 })
    expect(events.filter((event) => event['type'] === 'checked' || event['type'] === 'output')).toEqual([])
    expect(statSync(`${command.stateFolder}/events.jsonl`).mode & 0o777).toBe(0o600)
  })

  test('as text, the reason of the end is the last line, and a kill can be understood from one line', async () => {
    const command = commands.prepare()
    const configuration = {
      name: 'text',
      watchdog: { interval: '200ms', delay: '0s' },
      worker: { command: [fixture('cpu-burner.sh')], limits: { cpu: '5%', latency: '400ms' }, respawn: { limit: 0 } }
    }
    const file = command.file('tsupervise.json', JSON.stringify(configuration))
    command.launch(['--no-ui', '--log-format', 'text', '--config', file])
    expect((await command.exit()).code).toBe(1)
    expect(command.lines.at(-1)).toMatch(/ERROR ended with exit code 1: too many restarts of worker: 0 of 0/)
    const told = command.lines.find((line) => line.includes('receipt 1, stopped'))
    expect(told).toMatch(
      /worker \d+ receipt 1, stopped: CPU \d+ > \d+ ms \(5% x 0\.2 s x \S+\) for .*; TERM, killed by SIGTERM after .* \(limit: .*tsupervise\.json:1:\d+\)/
    )
  })

  test('secrets in arguments are hidden everywhere, and control characters of the output cannot act', async () => {
    const command = commands.start({
      worker: { command: ['sh', '-c', 'printf "\\033[2Jclear\\007\\n"; sleep 60', 'sh', '--password=hunter2', 'customer-4711'] },
      redact: ['customer-[0-9]+']
    })
    await command.line(node, /clear/)
    expect((await command.stop()).code).toBe(0)
    const everything = `${JSON.stringify(command.events)}${readFileSync(`${command.stateFolder}/events.jsonl`, 'utf8')}`
    expect(everything).toContain('--password=')
    expect(everything).not.toContain('hunter2')
    expect(everything).not.toContain('4711')
  })
})
