import { existsSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { decideWarning, readWarnFacts } from '../../src/core/stop/warn-signal.ts'
import { fixture } from '../helpers/node-settings.ts'
import { Spawning } from '../helpers/spawning.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let spawning = new Spawning()
afterEach(async () => {
  await spawning.cleanUp()
  spawning = new Spawning()
})

test('SIGUSR1 is for who catches it and is no JavaScript runtime; a fixed signal for all, none for nobody', () => {
  const catching = { catchesUsr1: true, javascript: undefined }
  const dying = { catchesUsr1: false, javascript: undefined }
  expect(decideWarning('auto', catching)).toEqual({ kind: 'send', signal: 'SIGUSR1' })
  expect(decideWarning('auto', dying)).toMatchObject({ kind: 'left-out', reason: expect.stringContaining('does not catch') })
  expect(decideWarning('auto', { catchesUsr1: true, javascript: 'node' })).toMatchObject({
    kind: 'left-out',
    reason: expect.stringContaining('debugger')
  })
  expect(decideWarning('auto', { catchesUsr1: undefined, javascript: undefined })).toMatchObject({ kind: 'left-out' })
  expect(decideWarning('SIGUSR2', dying)).toEqual({ kind: 'send', signal: 'SIGUSR2' })
  expect(decideWarning('none', catching)).toMatchObject({ kind: 'left-out', reason: expect.stringContaining('none') })
})

test('a program that catches SIGUSR1 is seen to', async () => {
  const run = await spawning.run({ argv: [fixture('report-usr1.py')] })
  await run.line('ready')
  expect(readWarnFacts(run.child.leader.pid)).toEqual({ catchesUsr1: true, javascript: undefined })
})

test('a program that does not is seen not to', async () => {
  const run = await spawning.run({ argv: ['sleep', '60'] })
  expect(readWarnFacts(run.child.leader.pid)).toEqual({ catchesUsr1: false, javascript: undefined })
})

test('Node is recognised by its name, and under another name by its thread', async () => {
  const script = 'console.log("ready"); setInterval(() => {}, 1000)'
  const plain = await spawning.run({ argv: [process.execPath, '-e', script] })
  await plain.line('ready')
  expect(readWarnFacts(plain.child.leader.pid)).toMatchObject({ javascript: 'node' })
  const renamed = await spawning.run({
    argv: ['sh', '-c', `d=$(mktemp -d) && cp ${process.execPath} "$d/program" && "$d/program" -e '${script}' & wait; rm -r "$d"`]
  })
  await renamed.line('ready')
  const program = await waitUntil(
    () => spawning.processes.alive().find(({ pid }) => readWarnFacts(pid).javascript === 'a JavaScript runtime'),
    'the renamed one'
  )
  expect(existsSync(`/proc/${program.pid}`)).toBe(true)
})

test('of a process that is gone nothing is known', () => {
  expect(readWarnFacts(4_194_305)).toEqual({ catchesUsr1: undefined, javascript: undefined })
})
