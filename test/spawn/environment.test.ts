import { expect, test } from 'vitest'
import { childEnvironment } from '../../src/core/spawn/environment.ts'

test('the variables between the supervisor and its own manager do not reach children, those set for the node do', () => {
  const own = { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '5', LISTEN_FDS: '2', LISTEN_PORT: '80', TSUPERVISE_LEVEL: 'normal', HOME: '/root' }
  const wanted = { ...own, LISTEN_PORT: '8080', NOTIFY_SOCKET: '/run/of-the-node', TSUPERVISE_TREE: 'stale' }
  const { plain, throughEnv } = childEnvironment(wanted, own, 'cookie')
  expect(plain).toEqual({ HOME: '/root', LISTEN_PORT: '8080', NOTIFY_SOCKET: '/run/of-the-node', TSUPERVISE_TREE: 'cookie' })
  expect(throughEnv).toEqual([])
})

test('names that a shell would drop or change take the way through env', () => {
  const { plain, throughEnv } = childEnvironment({ A_1: 'x', 'a.b': 'y=z', IFS: ' ', '': 'nameless' }, {}, 'cookie')
  expect(plain).toEqual({ A_1: 'x', TSUPERVISE_TREE: 'cookie' })
  expect(throughEnv).toEqual(['a.b=y=z', 'IFS= '])
})
