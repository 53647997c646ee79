import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach } from 'vitest'
import { type Misbehaviour, type StandIn, startStandIn } from '../client/control-stand-in.ts'
import { COMMAND } from '../helpers/command.ts'
import { describedNode, fakeProcess } from '../helpers/fake-session.ts'
import { openPty, type Pty } from '../helpers/pty.ts'

/** For one test file: what attaches, and what it is attached to; all of it is ended after each test. */
export function attachedOfTest() {
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  /** What a killed one leaves behind is left in here. */
  const temporary = mkdtempSync(join(tmpdir(), 'tsupervise-attach-'))
  afterAll(() => rmSync(temporary, { recursive: true, force: true }))

  return {
    onEnd: (close: () => unknown) => void closers.push(close),

    folder(): string {
      const folder = mkdtempSync(join(tmpdir(), 'tsupervise-attach-'))
      closers.push(() => rmSync(folder, { recursive: true, force: true }))
      return folder
    },

    /** A supervisor at `NAME.sock` that runs `api` as 4211. */
    async standIn(folder: string, name: string, misbehave: Misbehaviour = {}): Promise<StandIn> {
      const server = await startStandIn(join(folder, `${name}.sock`), misbehave)
      closers.push(() => server.close())
      server.emit({ type: 'node-added', description: describedNode('api', { kind: 'worker', argv: ['node', 'server.js'] }) })
      server.emit(
        { type: 'node-started', incarnation: 1, leader: { pid: 4211, startTime: 804_211 }, containment: 'cgroup', epoch: 0 },
        { node: 'api' }
      )
      server.emit({ type: 'node-ready', detail: '' }, { node: 'api' })
      const processes = [fakeProcess(4211, { command: 'node server.js' })]
      server.emit({ type: 'refreshed', samples: [{ node: 'api', cpuPercent: 1, cpuSource: 'stat', rssBytes: 2 ** 26, processes }] })
      return server
    },

    /** The built command in a terminal. */
    attach(args: readonly string[], env: Readonly<Record<string, string>> = {}): Pty {
      const pty = openPty({
        command: process.execPath,
        args: [COMMAND, 'attach', ...args],
        env: {
          ...process.env,
          NO_COLOR: '1',
          LC_ALL: 'C.UTF-8',
          TSUPERVISE_NAME: undefined,
          TSUPERVISE_CONTROL_SOCKET: undefined,
          TMPDIR: temporary,
          ...env
        }
      })
      closers.push(async () => {
        pty.close()
        await pty.ended
      })
      return pty
    }
  }
}

export const shows = (pty: Pty, text: string, timeoutMs?: number) => pty.waitFor((screen) => screen.includes(text), text, timeoutMs)
