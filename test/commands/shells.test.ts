import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { manPage } from '../../src/commands/roff.ts'
import { SPEC_NAMES } from '../../src/commands/specs.ts'
import { startStandIn } from '../client/control-stand-in.ts'
import { COMMAND } from '../helpers/command.ts'
import { describedNode } from '../helpers/fake-session.ts'
import { openPty } from '../helpers/pty.ts'
import { call } from './call.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const missing = (program: string): string | undefined =>
  spawnSync(program, ['--version']).error === undefined ? undefined : ` (skipped: ${program} is not installed)`

/** A folder with a `tsupervise` that is the built one, and a supervisor of two nodes at `web.sock`. */
async function world() {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-shells-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'tsupervise'), `#!/bin/sh\nexec ${process.execPath} ${COMMAND} "$@"\n`, { mode: 0o755 })
  const server = await startStandIn(join(folder, 'web.sock'))
  closers.push(() => server.close())
  for (const name of ['api', 'indexer']) server.emit({ type: 'node-added', description: describedNode(name) })
  return { folder, socket: server.path, env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, TSUPERVISE_NAME: undefined } }
}

/** What is on the command line after these keys and a tab. */
const COMPLETIONS = [
  ['a subcommand', 'tsupervise rece', 'tsupervise receipts'],
  ['an option of a subcommand', 'tsupervise status --wat', 'tsupervise status --watch'],
  ['an option of a run', 'tsupervise --exten', 'tsupervise --extension'],
  [
    'a node of the supervisor that is meant',
    'tsupervise stop --control-socket SOCKET ind',
    'tsupervise stop --control-socket SOCKET indexer'
  ],
  ['a word', 'tsupervise observe --control-socket SOCKET api of', 'tsupervise observe --control-socket SOCKET api off']
] as const

const SHELLS = [
  ['bash', ['--norc', '--noprofile', '-i'], 'eval "$(tsupervise completion bash)"'],
  ['zsh', ['-f', '-i'], 'unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; eval "$(tsupervise completion zsh)"'],
  ['fish', ['--no-config', '-i'], 'tsupervise completion fish | source']
] as const

describe.each(SHELLS)('completion in a real %s', (shell, args, load) => {
  const reason = missing(shell)
  test.skipIf(reason !== undefined)(`all of it${reason ?? ''}`, async () => {
    const { folder, socket, env } = await world()
    const pty = openPty({
      command: shell,
      args,
      cwd: folder,
      columns: 200,
      env: { ...env, PS1: 'PROMPT> ', HOME: folder, LC_ALL: 'C.UTF-8' }
    })
    closers.push(async () => {
      pty.close()
      await pty.ended
    })
    pty.type(`${load}; echo LOAD''ED\r`)
    await pty.waitFor((text) => text.includes('LOADED'), 'the script')
    for (const [what, typed, completed] of COMPLETIONS) {
      const wanted = completed.replace('SOCKET', socket)
      pty.type(`${typed.replace('SOCKET', socket)}\t`)
      await pty.waitFor((text) => text.split('\n').some((line) => line.trimEnd().endsWith(wanted)), `${what}: ${wanted}`)
      // the line away, and what was shown above it
      pty.type('\x15\x0c')
      await pty.waitFor((text) => !text.includes(wanted), 'an empty line')
    }
  })
})

test('lists for the scripts: silence where there is no supervisor', async () => {
  const { socket } = await world()
  expect(await call(['completion', 'nodes', '--control-socket', socket])).toEqual({ code: 0, stdout: 'api\nindexer\n', stderr: '' })
  expect(await call(['completion', 'nodes', '--control-socket', `${socket}.none`])).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await call(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' })
})

describe('the manual page', () => {
  const page = manPage('1.2.3')

  test('has every subcommand', () => {
    for (const name of SPEC_NAMES) expect(page).toContain(`.SS "tsupervise ${name}`)
  })

  test.each([
    ['groff', ['-man', '-Tutf8', '-ww', '-z']],
    ['mandoc', ['-Tlint', '-Wwarning']]
  ])('is sound for %s', (program, args) => {
    const found = spawnSync(program, args, { input: page, encoding: 'utf8' })
    if (found.error !== undefined) return
    const complaints = `${found.stdout}${found.stderr}`.split('\n').filter((line) => line !== '' && !line.includes('missing date'))
    expect(complaints).toEqual([])
  })
})
