import { expect, test } from 'vitest'
import type { Command } from '../../src/core/commands.ts'
import { failure, success } from '../../src/core/errors.ts'
import { sendAll } from '../../src/ui/send-all.ts'
import { createFakeSession } from '../helpers/fake-session.ts'

const limit = (node: string): Command => ({ type: 'set-limit', node, field: 'memory', value: 1, by: 'keyboard' })
const save = (node: string): Command => ({ type: 'save-limits', node, by: 'keyboard' })

test('in their order, each after the answer to the one before', async () => {
  const order: string[] = []
  const session = {
    async send(command: Command) {
      order.push(`sent ${command.type}`)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`answered ${command.type}`)
      return success(undefined)
    }
  }
  expect(await sendAll(session, [limit('api'), save('api')])).toEqual([])
  expect(order).toEqual(['sent set-limit', 'answered set-limit', 'sent save-limits', 'answered save-limits'])
})

test('what was refused of one node ends what is meant for it, not what is meant for others', async () => {
  const session = createFakeSession(undefined, (command) =>
    'node' in command && command.node === 'api' ? failure('refused', 'no') : success(undefined)
  )
  expect(await sendAll(session, [limit('api'), save('api'), limit('db'), save('db')])).toEqual(['no'])
  expect(session.sent.map((command) => `${command.type} ${'node' in command ? command.node : ''}`)).toEqual([
    'set-limit api',
    'set-limit db',
    'save-limits db'
  ])
})
