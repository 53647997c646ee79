import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RunningCommand } from '../helpers/command.ts'
import { ask, refusal, command as send } from '../helpers/control.ts'
import { keep, runs, serve, sharedFolder } from './serving.ts'

const isRoot = process.geteuid?.() === 0
const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
const canChange = isRoot && has('setpriv') && has('curl')
const why = canChange ? '' : ' (skipped: needs root, setpriv and curl)'

const OWNER = 61_001
const MEMBER = 61_002
const STRANGER = 61_003
const GROUP = 61_010
const sleeper = { extensions: { sleeper: { command: ['sleep', '1000'] } } }

/** curl as somebody else: status and body; status 000: the connection itself was refused. */
function curlAs(uid: number, groups: readonly number[], socket: string, path: string, body?: object): { status: string; body: string } {
  const who = [`--reuid=${uid}`, `--regid=${uid}`, groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`]
  const data = body === undefined ? [] : ['-d', JSON.stringify(body)]
  const asked = spawnSync('setpriv', [...who, 'curl', '-sS', '-w', '\n%{http_code}', ...data, '--unix-socket', socket, `http://x${path}`], {
    encoding: 'utf8'
  })
  const lines = asked.stdout.split('\n')
  return { status: lines.pop() ?? '', body: lines.join('\n') }
}

describe.skipIf(!canChange)(`two users${why}`, () => {
  it('the owner and root may do everything, others do not even connect', async () => {
    const { command, socket } = await serve(sleeper)
    await runs(command, 'sleeper')
    chmodSync(join(socket, '..'), 0o755)
    expect(curlAs(STRANGER, [], socket, '/v1').status).toBe('000')
    // what the kernel lets through is refused by who it is all the same
    chmodSync(socket, 0o666)
    const refused = curlAs(STRANGER, [], socket, '/v1')
    expect(refused.status).toBe('403')
    expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'not-allowed' } })
    for (const path of ['/v1/state', '/metrics', '/healthz', '/v1/events/stream', '/nowhere']) {
      expect(curlAs(STRANGER, [], socket, path).status).toBe('403')
    }
    expect(curlAs(STRANGER, [], socket, '/v1/commands', { type: 'stop', node: 'sleeper' }).status).toBe('403')
    expect((await ask(socket, '/v1/nodes/sleeper')).json).toMatchObject({ phase: { phase: 'running' } })
  })

  it('members of the group may look', async () => {
    const { command, socket } = await serve({ ...sleeper, control: { group: GROUP } })
    await runs(command, 'sleeper')
    chmodSync(join(socket, '..'), 0o755)
    expect(command.of('control-opened')[0]).toMatchObject({ mode: '0660', group: String(GROUP) })
    expect(curlAs(STRANGER, [], socket, '/v1').status).toBe('000')
    const info = curlAs(MEMBER, [GROUP], socket, '/v1')
    expect(JSON.parse(info.body)).toMatchObject({ readOnly: true })
    expect(curlAs(MEMBER, [GROUP], socket, '/v1/state').status).toBe('200')
    expect(curlAs(MEMBER, [GROUP], socket, '/v1/queries', { type: 'configuration' }).status).toBe('200')
    const refused = curlAs(MEMBER, [GROUP], socket, '/v1/commands', { type: 'stop', node: 'sleeper' })
    expect([refused.status, JSON.parse(refused.body).error.code]).toEqual(['403', 'read-only'])
    expect((await ask(socket, '/v1/nodes/sleeper')).json).toMatchObject({ phase: { phase: 'running' } })
  })

  it('members may do everything where the configuration says so, also as their first group, and are named', async () => {
    const { command, socket } = await serve({ ...sleeper, control: { group: String(GROUP), groupMay: 'all' } })
    await runs(command, 'sleeper')
    chmodSync(join(socket, '..'), 0o755)
    expect(JSON.parse(curlAs(MEMBER, [GROUP], socket, '/v1').body)).toMatchObject({ readOnly: false })
    expect(curlAs(MEMBER, [GROUP, STRANGER], socket, '/v1/commands?wait=20', { type: 'stop', node: 'sleeper' }).status).toBe('202')
    const [receipt] = (await ask(socket, '/v1/receipts')).json['receipts'] as { reason: { by: string } }[]
    expect(receipt?.reason.by).toContain(`uid ${MEMBER}`)
  })

  it('the supervisor of an ordinary user is his and root’s', async () => {
    const folder = join(sharedFolder(), 'own')
    mkdirSync(folder, { mode: 0o700 })
    chownSync(folder, OWNER, OWNER)
    chmodSync(join(folder, '..'), 0o755)
    const socket = join(folder, 'c.sock')
    const wrapper = ['setpriv', `--reuid=${OWNER}`, `--regid=${OWNER}`, '--clear-groups']
    const command = keep(RunningCommand.start(sleeper, ['--control-socket', socket], { wrapper, owner: { uid: OWNER, gid: OWNER } }))
    await command.event('control-opened')
    expect(execFileSync('stat', ['-c', '%u %a', socket], { encoding: 'utf8' }).trim()).toBe(`${OWNER} 600`)
    expect(curlAs(OWNER, [], socket, '/v1').status).toBe('200')
    expect((await ask(socket, '/v1')).json).toMatchObject({ readOnly: false })
    expect(curlAs(STRANGER, [], socket, '/v1').status).toBe('000')
    expect(curlAs(OWNER, [], socket, '/v1/commands?wait=20', { type: 'stop', node: 'sleeper' }).status).toBe('202')
  })
})

describe('without native calls', () => {
  it('the socket is for its owner alone, whatever the group, and says so', async () => {
    const { command, socket } = await serve({ ...sleeper, control: { group: process.getegid?.() } }, [], {
      env: { TSUPERVISE_NATIVE: '0' }
    })
    expect(command.of('control-opened')[0]).toMatchObject({ mode: '0600' })
    expect((await command.event('problem'))['failureCode']).toBe('facility-missing')
    expect((await send(socket, { type: 'stop', node: 'sleeper' }, '?wait=20')).status).toBe(202)
    expect(refusal(await ask(socket, '/v1/nodes/x'))).toBe('404 no-such-node')
  })
})
