import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBrief, findProcesses } from '../../src/core/process/find-processes.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { createProcReader } from '../../src/core/process/proc-reader.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { isAlive, killIdentity, statFields } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping } from './reaping.ts'

needsOwnUid()

const OWN = process.getuid?.() ?? 0

let reaping: Reaping
beforeEach(() => {
  reaping = new Reaping()
})
afterEach(() => reaping.dispose())

const ask = () => {
  if (reaping.reaper === undefined) throw new Error('no reaper')
  return reaping.reaper
}

describe('preview-pair', () => {
  const preview = (parent: number, child: number, uid = OWN) => ask().preview({ type: 'preview-pair', parent, child, uid })

  test('says what would happen, and does nothing', async () => {
    await reaping.start({ policy: { signal: 'SIGINT', graceMs: 4000, scope: 'tree', mode: 'act' } })
    const { parent, child } = await reaping.family()
    const { pid } = child
    const executed = () => [preview(parent.pid, pid).parent, preview(parent.pid, pid).child].every((one) => one?.comm === 'sleep')
    await waitUntil(executed, 'both programs to run')
    expect(preview(parent.pid, pid)).toEqual({
      parent: { ...parent, ppid: process.pid, uid: OWN, comm: 'sleep', command: 'sleep 1000' },
      child: { ...child, ppid: parent.pid, uid: OWN, comm: 'sleep', command: 'sleep 1000' },
      text: `${pid} sleep would end with SIGINT, 4 s, SIGKILL, with its descendants when ${parent.pid} sleep dies`,
      refused: false
    })
    expect(ask().list({ type: 'orphans', from: 0, most: 10 })).toEqual({ total: 0, pairs: [] })
    await reaping.send(parent.pid, pid, REGISTER)
    expect(preview(parent.pid, pid).text).toMatch(`registered already: ${pid} sleep ends with SIGINT`)
  })

  test('a parent that is gone: at once, and still nothing is done', async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    killIdentity(parent)
    await waitUntil(() => statFields(parent.pid) === undefined, 'the parent to be reaped')
    expect(preview(parent.pid, child.pid)).toMatchObject({ parent: undefined, refused: false, text: expect.stringContaining('at once') })
    expect(isAlive(child)).toBe(true)
  })

  test('what would be refused, by the same rules', async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    const refusals = [
      preview(parent.pid, 1),
      preview(parent.pid, process.pid),
      preview(parent.pid, process.ppid),
      preview(child.pid, child.pid),
      preview(parent.pid, 4_194_303),
      preview(parent.pid, -5),
      preview(parent.pid, child.pid, 23_402)
    ]
    expect(refusals.map(({ text }) => text)).toEqual([
      'refused: the child is process 1',
      'refused: the child is the supervisor',
      'refused: the child is an ancestor of the supervisor',
      'refused: parent and child are the same process',
      'refused: the child is gone',
      'refused: a number that no process can have',
      'refused: a real, effective or saved uid of the child is not the one of who asks'
    ])
    expect(refusals.every(({ refused }) => refused)).toBe(true)
    expect(reaping.of('orphan-refused')).toEqual([])
  })
})

test('orphans: in the order of registration, in portions', async () => {
  await reaping.start()
  const families = []
  for (let count = 0; count < 3; count++) families.push(await reaping.family())
  for (const { parent, child } of families) await reaping.send(parent.pid, child.pid, REGISTER)
  const all = ask().list({ type: 'orphans', from: 0, most: 10 })
  expect(all).toMatchObject({ total: 3, pairs: families.map(({ parent, child }) => ({ parent, child })) })
  expect(ask().list({ type: 'orphans', from: 1, most: 1 })).toEqual({ total: 3, pairs: all.pairs.slice(1, 2) })
  expect(ask().list({ type: 'orphans', from: 9, most: 1 })).toEqual({ total: 3, pairs: [] })
  const registered = reaping.of('orphan-registered')[0]
  expect(all.pairs[0]).toMatchObject({
    childCommand: 'sleep 1000',
    parentCommand: 'sleep 1000',
    uid: OWN,
    by: registered?.by,
    signal: 'SIGTERM',
    deaths: registered?.deaths,
    standing: { kind: 'armed' }
  })
})

describe('find-processes', () => {
  const reader = createProcReader()
  const find = (text: string, most = 50, redact = (shown: string) => shown) =>
    findProcesses(text, most, reader, createBrief(reader, redact))
  const namesOf = (found: readonly Identity[]): number[] => found.map(({ pid }) => pid)

  test('by pid, by name, by command line, the best first', async () => {
    await reaping.start()
    const { child } = await reaping.family('sleep 987654321 & echo $!')
    expect((await find(String(child.pid)))[0]).toMatchObject(child)
    // the shell of the family has the number in its command line until it is another program
    await waitUntil(async () => namesOf(await find('987654321')).length === 1, 'the shell to be gone')
    expect(namesOf(await find('987654321'))).toEqual([child.pid])
    expect(namesOf(await find('SLEEP 98765'))).toEqual([child.pid])
    const [first] = await find('sleep', 1)
    expect(first?.comm).toBe('sleep')
    expect(await find('nothing is called this', 50)).toEqual([])
    expect((await find('', 5)).length).toBe(5)
  })

  test('a secret is neither shown nor found', async () => {
    await reaping.start()
    const { child } = await reaping.family('sleep 123456789 & echo $!')
    const redact = (text: string): string => text.replace('123456789', '[redacted]')
    expect(await find('123456789', 50, redact)).toEqual([])
    expect((await find(String(child.pid), 1, redact))[0]?.command).toBe('sleep [redacted]')
  })
})
