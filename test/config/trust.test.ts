import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readTrustedFile } from '../../src/config/file.ts'
import { UserError } from '../../src/core/errors.ts'
import { ConfigFolder } from './folder.ts'

const CONFIG = 'worker: {command: [a]}'
let folder: ConfigFolder
beforeEach(() => {
  folder = new ConfigFolder()
})
afterEach(() => folder.remove())

describe('the configuration that nobody named', () => {
  it('is looked for here, in the configuration of the user, in that of the system', async () => {
    expect((await folder.load()).file).toBeUndefined()
    const places = [
      'etc/tsupervise/tsupervise.yaml',
      'home/.config/tsupervise/tsupervise.yaml',
      'tsupervise.json',
      'tsupervise.yml',
      'tsupervise.yaml'
    ]
    for (const place of places) {
      const path = folder.write(place, '{}')
      expect((await folder.load()).file).toBe(path)
    }
    const xdg = folder.write('xdg/tsupervise/tsupervise.yaml', '{}')
    for (const place of places.slice(2)) folder.write(place, 'x')
    expect((await folder.load(['-c', xdg])).file).toBe(xdg)
    expect((await folder.load(['--config=none'])).file).toBeUndefined()
    expect((await folder.load([], { TSUPERVISE_CONFIG: xdg })).file).toBe(xdg)
  })

  it('is refused when others can write to it, with what to run', async () => {
    const path = folder.write('tsupervise.yaml', CONFIG)
    for (const mode of [0o664, 0o646, 0o666]) {
      chmodSync(path, mode)
      const error = await folder.refusal()
      expect(error.message).toBe(
        `${path}: others can write to this file (mode ${mode.toString(8).padStart(4, '0')}), so they could decide what is run`
      )
      expect(error.next).toBe(`Look at it, then run: chmod go-w ${path}`)
    }
    expect((await folder.load(['-c', 'tsupervise.yaml'])).file).toBe('tsupervise.yaml')
    chmodSync(path, 0o600)
    expect((await folder.load()).file).toBe(path)
  })

  it('is refused when others can write to its folder', async () => {
    folder.write('tsupervise.yaml', CONFIG)
    chmodSync(folder.path, 0o777)
    expect((await folder.refusal()).message).toBe(
      `${folder.path}: others can write to this folder (mode 0777), so they could decide what is run`
    )
    chmodSync(folder.path, 0o755)
    expect((await folder.load()).settings.nodes).toHaveLength(1)
  })

  it('is refused behind a link into a folder of others', async () => {
    mkdirSync(join(folder.path, 'open'))
    const target = folder.write('open/target.yaml', CONFIG)
    symlinkSync(target, join(folder.path, 'tsupervise.yaml'))
    expect((await folder.load()).settings.nodes).toHaveLength(1)
    chmodSync(join(folder.path, 'open'), 0o777)
    expect((await folder.refusal()).message).toBe(
      `${folder.path}/open: others can write to this folder (mode 0777), so they could decide what is run`
    )
  })

  it('is refused when it is no file', async () => {
    mkdirSync(join(folder.path, 'tsupervise.yaml'))
    expect((await folder.refusal()).message).toMatch(/must be a regular file$/)
  })
})

describe('owners', () => {
  const refusal = (path: string, uid: number): UserError | undefined => {
    try {
      readTrustedFile(path, 'an envFile', { uid })
      return undefined
    } catch (error) {
      if (error instanceof UserError) return error
      throw error
    }
  }

  it.runIf(process.getuid?.() === 0)("only the supervisor's user and root (as root, which may give files away)", () => {
    const path = folder.write('file', 'A=1')
    chownSync(folder.path, 12_345, 12_345)
    chownSync(path, 12_345, 12_345)
    expect(refusal(path, 12_345)).toBeUndefined()
    expect(refusal(path, 0)?.message).toBe(
      `${path}: this file belongs to uid 12345, expected root, since whoever owns it decides what is run`
    )
    expect(refusal(path, 0)?.next).toBe(`Look at it, then run: chown 0 ${path}`)
    expect(refusal(path, 54_321)?.message).toMatch(/belongs to uid 12345, expected root or uid 54321/)
    chownSync(path, 0, 0)
    expect(refusal(path, 54_321)?.message).toMatch(/this folder belongs to uid 12345/)
  })

  it.runIf(process.getuid?.() !== 0)("only the supervisor's user and root (as an ordinary user)", () => {
    const path = folder.write('file', 'A=1')
    expect(refusal(path, folder.uid)).toBeUndefined()
    expect(refusal(path, folder.uid + 1)?.message).toMatch(/^.*: this file belongs to uid \d+, expected root or uid \d+/)
  })
})

it('an envFile must be safely owned too, and the problem has the place where it is named', async () => {
  const path = folder.write('secrets.env', 'A=1', 0o600)
  folder.write('tsupervise.yaml', 'worker:\n  command: [a]\n  envFile: secrets.env\n')
  expect((await folder.load()).settings.nodes[0]?.env).toMatchObject({ A: '1' })
  chmodSync(path, 0o666)
  expect((await folder.refusal()).message).toBe(
    `${folder.path}/tsupervise.yaml:3:12: ${path}: others can write to this file (mode 0666), so they could decide what is run. Look at it, then run: chmod go-w ${path}`
  )
})
