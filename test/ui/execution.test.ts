import { expect, test } from 'vitest'
import { executionFields } from '../../src/ui/panes/execution.ts'
import { FAKE_DETAILS } from '../helpers/fake-session.ts'

test('an execution says what it is, where it came from and what it may do', () => {
  expect(executionFields(FAKE_DETAILS)).toEqual([
    ['binary', '/usr/bin/node, setuid'],
    ['arguments', 'render.js'],
    ['folder', '/srv/shop'],
    ['came from', '4211 node server.js'],
    ['', '1 /sbin/init'],
    ['credentials', 'uid 1000, gid 1000; effective 0, 1000; saved 0, 1000, groups 27 100, logged in as 1000'],
    ['capabilities', 'permitted CAP_KILL; effective none; inheritable none'],
    ['namespaces', 'net 4026532999, user 5 (host unknown)'],
    ['container', 'ae7a1981e064c217035e0b23979c8de'],
    ['cgroup', '/kubepods/x'],
    ['seen by', 'events']
  ])
})

test('what could not be read is unknown, never no', () => {
  const blind = {
    ...FAKE_DETAILS,
    binary: undefined,
    credentials: undefined,
    namespaces: undefined,
    cgroup: undefined,
    properties: undefined
  }
  const fields = new Map(executionFields(blind))
  for (const label of ['binary', 'credentials', 'capabilities', 'namespaces', 'cgroup']) expect(fields.get(label)).toBe('unknown')
})
