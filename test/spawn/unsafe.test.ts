import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { unsafeProgram } from '../../src/core/spawn/unsafe.ts'
import { Spawning } from '../helpers/spawning.ts'

const folder = mkdtempSync(join(tmpdir(), 'tsupervise-unsafe-'))
afterAll(() => rmSync(folder, { recursive: true }))

function program(name: string, mode: number, folderMode: number): string {
  const own = join(folder, name)
  mkdirSync(own)
  writeFileSync(join(own, 'program'), '#!/bin/sh\necho runs\n')
  chmodSync(join(own, 'program'), mode)
  chmodSync(own, folderMode)
  return join(own, 'program')
}
const why = (path: string): string | undefined => unsafeProgram({ argv: [path], env: {}, cwd: '/' })

const safe = program('safe', 0o755, 0o755)
const groupFile = program('group-file', 0o775, 0o755)
const link = join(folder, 'link')
symlinkSync(groupFile, link)

test('a program that only root and the user can change is safe', () => expect(why(safe)).toBeUndefined())
test('a program or a folder that others can write to is not', () => {
  expect(why(groupFile)).toMatch(/program .* by its group; chmod g-w/)
  expect(why(program('all-file', 0o757, 0o755))).toMatch(/program .* by everybody/)
  expect(why(program('group-folder', 0o755, 0o775))).toMatch(/folder .* by its group/)
  expect(why(program('all-folder', 0o755, 0o777))).toMatch(/folder .* by everybody/)
})
test('a link is judged by what it leads to, a name by the PATH of the child', () => {
  expect(why(link)).toMatch(/group-file/)
  expect(unsafeProgram({ argv: ['program'], env: { PATH: join(folder, 'group-file') }, cwd: '/' })).toMatch(/group-file/)
  expect(unsafeProgram({ argv: ['./program'], env: {}, cwd: join(folder, 'group-file') })).toMatch(/group-file/)
})
test('what is not there is not judged', () => expect(why('/no/such')).toBeUndefined())
test.skipIf(process.geteuid?.() !== 0)('a program of another user is not safe (needs root)', () => {
  const foreign = program('foreign', 0o755, 0o755)
  chownSync(foreign, 65534, 65534)
  expect(why(foreign)).toMatch(/belongs to uid 65534/)
})

test('an unsafe program is refused, or started with one warning', async () => {
  const strict = new Spawning({ refuseUnsafe: true })
  expect(await strict.failure({ argv: [groupFile] })).toMatchObject({ code: 'unsafe-binary' })
  await (await strict.run({ argv: [safe] })).line('runs')
  await strict.cleanUp()
  const lenient = new Spawning({ refuseUnsafe: false })
  await (await lenient.run({ argv: [groupFile] })).line('runs')
  await (await lenient.run({ argv: [groupFile] })).line('runs')
  expect(lenient.problems).toMatchObject([{ code: 'unsafe-binary' }])
  await lenient.cleanUp()
})
