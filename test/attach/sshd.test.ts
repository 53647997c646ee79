import { expect, test } from 'vitest'
import { COMMAND } from '../helpers/command.ts'
import { describedNode } from '../helpers/fake-session.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { attachedOfTest, shows } from './attached.ts'
import { noSshd, startSshd } from './sshd.ts'

const { attach, folder, onEnd, standIn } = attachedOfTest()
const reason = noSshd()

test.skipIf(reason !== undefined)(
  `a real sshd${reason === undefined ? '' : ` (skipped: ${reason})`}: one connection for all that is asked, found again when it breaks, gone with the screen`,
  async () => {
    const sshd = await startSshd()
    onEnd(() => sshd.close())
    const server = await standIn(folder(), 'web')
    const command = `env TSUPERVISE_CONTROL_SOCKET=${server.path} ${process.execPath} ${COMMAND}`
    const pty = attach(['test-host:', '--remote-command', command], sshd.env)
    await shows(pty, 'node server.js').catch((error: Error) => {
      throw new Error(`${error.message}\nsshd said: ${sshd.log()}`)
    })
    pty.type('x')
    await shows(pty, 'Stop api')
    pty.type('\r')
    await waitUntil(() => server.sent.length === 1, 'the command')
    expect(server.sent).toEqual([{ type: 'stop', node: 'api' }])
    expect(sshd.connections()).toHaveLength(1)
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1)

    sshd.breakConnections()
    await waitUntil(() => sshd.log().match(/Accepted publickey/g)?.length === 2, 'another connection, without a question')
    await waitUntil(() => server.streams() === 1, 'one stream')
    server.emit({ type: 'node-added', description: describedNode('log') })
    await pty.waitFor((text) => text.includes('extension log') && !text.includes('connection lost'), 'what happened meanwhile')
    expect(pty.screen.text()).toMatch(/api +4211 ●/)
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(2)

    pty.type('q')
    expect(await pty.ended).toMatchObject({ code: 0 })
    await waitUntil(() => sshd.connections().length === 0, 'the end of the connection')
    await waitUntil(() => server.streams() === 0, 'the end of the stream')
  }
)

test.skipIf(reason !== undefined)('a key that the host does not know: an error that says so, no question, no screen', async () => {
  const sshd = await startSshd()
  onEnd(() => sshd.close())
  const pty = attach(['nobody@test-host'], sshd.env)
  expect(await pty.ended).toMatchObject({ code: 3 })
  expect(pty.screen.text()).toMatch(/ssh does not reach test-host: .*(Permission denied|closed)/)
})
