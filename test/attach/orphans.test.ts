import { expect, test } from 'vitest'
import type { StandIn } from '../client/control-stand-in.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { attachedOfTest, shows } from './attached.ts'

const { folder: temporary, standIn, attach } = attachedOfTest()

/** The very same pair on every host: numbers and start times say nothing of where it is. */
const registered = (server: StandIn) =>
  server.emit({
    type: 'orphan-registered',
    parent: { pid: 5100, startTime: 805_100 },
    child: { pid: 5123, startTime: 805_123 },
    terms: { signal: 'SIGTERM', graceMs: 4000, scope: 'tree' },
    by: { uid: 1000, pid: 5100, command: 'agent' },
    deaths: 'events',
    listed: true,
    parentCommand: 'agent --serve',
    childCommand: 'job',
    held: { armed: 1, acting: 0, parents: 1 }
  })

test('orphans of several hosts stand below their own, and what is done to one is done there', async () => {
  const folder = temporary()
  const [first, second] = [await standIn(folder, 'one'), await standIn(folder, 'two')]
  for (const server of [first, second]) registered(server)
  const pty = attach([first.path, second.path])
  await pty.waitFor(
    (text) =>
      /▾ \S*one\S* .*\n(?:.*\n){2} {3}▾ orphans +1 registered.*\n.*└─ job +5123[\s\S]*▾ \S*two\S* .*\n(?:.*\n){2} {3}▾ orphans .*\n.*└─ job +5123/.test(
        text
      ),
    'two branches with an orphan each'
  )
  pty.type('G')
  pty.type('u')
  await shows(pty, 'Unregister 5123?')
  expect(pty.screen.text()).toMatch(/pid 5123 on \S*two\S*, started at tick 805123/)
  pty.type('\r')
  await waitUntil(() => second.sent.length === 1, 'the command')
  expect(second.sent).toEqual([{ type: 'unregister', parent: 5100, child: 5123, expect: { parentStart: 805_100, childStart: 805_123 } }])
  pty.type('/node:one')
  await shows(pty, 'Search: node:one')
  pty.type('/orphans\r')
  await pty.waitFor((text) => /›[^\n]*└─ job[\s\S]*two/.test(text), 'the one of the first host')
  pty.type('E')
  await shows(pty, 'End now 5123?')
  pty.type('\r')
  await waitUntil(() => first.sent.length === 1, 'the other command')
  expect(first.sent).toEqual([{ type: 'end-orphan', child: { pid: 5123, startTime: 805_123 } }])
  expect(second.sent).toHaveLength(1)
})
