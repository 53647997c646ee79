import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../helpers/command.ts'
import { runCheck } from './run-check.ts'
import { type RecordedProcess, RecordedTree } from './tree.ts'

interface ProcsCase {
  readonly reference: string
  readonly ours: readonly string[]
  /** null: none is written. */
  readonly perfdata: string | null
  readonly rc: number
  readonly text?: string
  readonly why?: string
}

interface MonCase {
  readonly rules: readonly string[]
  readonly stdout: string
  readonly rc: number
  readonly why?: string
}

const recorded = <T>(name: string): T => JSON.parse(readFileSync(join(ROOT, 'test/recorded/checks', name), 'utf8')) as T

const procs = recorded<{ passwd: string; population: RecordedProcess[]; cases: ProcsCase[]; deviations: ProcsCase[] }>('check-procs.json')
const mon = recorded<{ population: RecordedProcess[]; cases: MonCase[]; deviations: MonCase[] }>('ps-monitor.json')

const procsTree = new RecordedTree(procs.population).file('etc/passwd', procs.passwd)
const monTree = new RecordedTree(mon.population)

afterAll(() => {
  procsTree.dispose()
  monTree.dispose()
})

describe('command lines of check_procs, translated', () => {
  it.each([...procs.cases, ...procs.deviations])('$reference: $rc, $perfdata $why', async ({ ours, perfdata, rc, text }) => {
    const outcome = await runCheck(['--output', 'nagios', '--proc', procsTree.proc, ...ours])
    expect(outcome.code).toBe(rc)
    expect(outcome.stderr).toBe('')
    const [head = '', data] = outcome.stdout.split('\n')[0]?.split(' | ') ?? []
    expect(data ?? null).toBe(perfdata)
    expect(head).toMatch(/^(?:PROCS|CPU|VSZ|ELAPSED) (?:OK|WARNING|CRITICAL|UNKNOWN): ./)
    expect(head).toContain(['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'][rc])
    if (text !== undefined) expect(head).toBe(`${text} with *,include=kernel,include=zombies`)
  })
})

describe('rules of ps.monitor', () => {
  it.each([...mon.cases, ...mon.deviations])('$rules: $rc $why', async ({ rules, stdout, rc }) => {
    const outcome = await runCheck(['--output', 'mon', '--proc', monTree.proc, ...rules])
    expect({ stdout: outcome.stdout, code: outcome.code }).toEqual({ stdout, code: rc })
    expect(outcome.stderr === '').toBe(rc !== 3)
  })
})
