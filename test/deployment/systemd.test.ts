import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseArguments } from '../../src/config/arguments.ts'
import { COMMAND, ROOT } from '../helpers/command.ts'

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
const UNITS = ['tsupervise.service', 'tsupervise.user.service']

const unit = (name: string): string => readFileSync(join(ROOT, 'examples/systemd', name), 'utf8')

/** The fields of a unit, the last one counts. */
const fieldsOf = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]))

describe.skipIf(!hasSystemd)('the units under systemd-analyze verify (skipped without systemd)', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsupervise-units-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** What systemd finds wrong with the text as a unit; a page of the manual that is not installed here is not its fault. */
  const verify = (text: string): readonly string[] => {
    const path = join(folder, 'tsupervise-verified.service')
    writeFileSync(path, text.replaceAll('/usr/bin/tsupervise', COMMAND).replace(/^Documentation=.*$/m, ''))
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
    return stderr.split('\n').filter((line) => line.includes('tsupervise-verified.service'))
  }

  it.each(UNITS)('%s has no fault', (name) => {
    expect(verify(unit(name))).toEqual([])
  })

  it('a misspelt key is one', () => {
    expect(verify(unit('tsupervise.service').replace('KillMode=', 'KillMood=')).join('\n')).toContain('KillMood')
  })
})

describe.each(UNITS)('%s', (name) => {
  const fields = fieldsOf(unit(name))

  it('starts tsupervise with options that exist', async () => {
    const [command, ...args] = (fields.get('ExecStart') ?? '').replace('%h', '/home/somebody').split(' ')
    expect(command).toBe('/usr/bin/tsupervise')
    expect(await parseArguments(args)).toMatchObject({ kind: 'run' })
  })

  it('lets tsupervise stop its nodes itself, in cgroups of its own, and watches it', () => {
    expect(Object.fromEntries(fields)).toMatchObject({
      Type: 'notify',
      KillMode: 'mixed',
      Delegate: 'yes',
      WatchdogSec: '30',
      RestartPreventExitStatus: '2'
    })
  })
})
