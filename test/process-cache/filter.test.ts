import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FILTER_FIELDS, type FilterFacts, matchProcess, parseProcessFilter } from '../../src/core/process/details/filter.ts'

const facts: FilterFacts = {
  pid: 42,
  ppid: 1,
  execId: 'dm06MTA6NDI=',
  parentExecId: 'dm06MTox',
  node: 'api',
  command: '/usr/bin/curl -s https://example.org/',
  binary: '/usr/bin/curl',
  arguments: '-s https://example.org/',
  cwd: '/srv/app',
  uid: 1000,
  euid: 0,
  gid: 1000,
  egid: 1000,
  auid: null,
  capabilities: ['CAP_NET_RAW'],
  namespaces: [4026531840],
  container: 'ae7a1981e064c217035e0b23979c8de',
  pod: { namespace: 'default', name: 'web-1', workload: 'web' },
  flags: 'execve rootcwd',
  properties: ['setuid 0']
}

const matches = (text: string, about: FilterFacts = facts): boolean => {
  const filter = parseProcessFilter(text)
  if (!filter.ok) throw new Error(filter.error.message)
  return matchProcess(filter.value, about)
}

describe('a filter', () => {
  test.each([
    'uid:1000',
    'euid:0 uid:1000',
    '!uid:0',
    'container:ae7a',
    'container:ae7a1981e064c217035e0b23979c8defd51c',
    'bin:/usr/bin/curl',
    'bin:curl',
    'exec:dm06MTA6NDI=',
    'exec:dm06',
    'parent:dm06MTox',
    'auid:unset',
    'cap:net_raw',
    'cap:CAP_NET_RAW',
    'ns:4026531840',
    'pod:web-1 pod:default/web-1 workload:web',
    'cwd:/srv cwd:/srv/app',
    'flag:rootcwd prop:setuid node:api pid:42 ppid:1 gid:1000 egid:1000',
    'args:EXAMPLE.org',
    'args:"-s https"',
    'CURL',
    'https://example.org',
    '!chromium',
    ''
  ])('%s matches', (text) => expect(matches(text)).toBe(true))

  test.each([
    'uid:0',
    '!uid:1000',
    'uid:100',
    'bin:/usr/bin/cur',
    'bin:url',
    'container:bb',
    'container:none',
    'exec:x',
    'cwd:/sr',
    'auid:1000',
    'curl uid:0',
    'flag:root'
  ])('%s does not', (text) => expect(matches(text)).toBe(false))

  test('what is unknown matches neither a term nor its opposite', () => {
    for (const field of FILTER_FIELDS) {
      expect(matches(`${field}:1`, {})).toBe(false)
      expect(matches(`!${field}:1`, {})).toBe(false)
    }
  })

  test('a process in no container', () => {
    expect(matches('container:none', { container: null })).toBe(true)
    expect(matches('!container:ae7a', { container: null })).toBe(true)
  })

  test('a field without a value is an error that says what was expected', () => {
    expect(parseProcessFilter('uid:')).toMatchObject({
      ok: false,
      error: { code: 'no-value', message: 'uid: wants a value, such as uid:1000' }
    })
  })

  test('any text is a filter or an error, and the opposite of a term is its opposite where it is known', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseProcessFilter(text).ok === 'boolean'))
    const term = fc.tuple(fc.constantFrom('uid', 'bin', 'exec', 'container', 'node', 'text'), fc.stringMatching(/^[a-z0-9/]{1,8}$/))
    fc.assert(
      fc.property(term, ([field, value]) => {
        expect(matches(`!${field}:${value}`)).toBe(!matches(`${field}:${value}`))
      })
    )
  })
})
