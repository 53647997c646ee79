import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor, MAX_REDACTED_LENGTH, SECRET_PATTERNS } from '../src/core/redact.ts'
import { TestProcesses } from './helpers/processes.ts'
import { waitUntil } from './helpers/wait-until.ts'

const R = '[redacted]'

/** A process that applies a pattern of some 2 ms to one text after the other. */
const REDACTING = `
import { createRedactor } from ${JSON.stringify(new URL('../src/core/redact.ts', import.meta.url).href)}
const redact = createRedactor(['a{1,60}b'])
let hidden = 0
for (let turn = 0; turn < 150; turn++) {
  if (turn === 50) console.log('ready')
  if (redact('a'.repeat(4000)) === '[redacted]' && turn >= 50) hidden++
}
console.log('hidden ' + hidden + ' of 100')
`
const redact = createRedactor(SECRET_PATTERNS)

describe('common secrets', () => {
  it.each([
    ['app --password=hunter2 -v', `app --password=${R} -v`],
    ['app --password hunter2 -v', `app --password ${R} -v`],
    ['app --db-password "a b c" -v', `app --db-password ${R} -v`],
    ["app --api-key='a b' x", `app --api-key=${R} x`],
    ['env DB_PASSWORD=hunter2 app', `env DB_PASSWORD=${R} app`],
    ['app -token abc', `app -token ${R}`],
    ['app --auth-token abc --access_key=def', `app --auth-token ${R} --access_key=${R}`],
    ['curl "https://x/?api_key=abc&b=1"', `curl "https://x/?api_key=${R}&b=1"`],
    ['{"password": "abc", "b": 1}', `{"password": ${R}, "b": 1}`],
    ['psql postgres://me:hunter2@db/x', `psql postgres://me:${R}@db/x`],
    ['curl -u me:hunter2 x', `curl -u me:${R} x`],
    ['curl --user=me:hunter2 x', `curl --user=me:${R} x`],
    ['curl -H "Authorization: Bearer abcdef123456"', `curl -H "Authorization: Bearer ${R}"`],
    ['aws AKIAIOSFODNN7EXAMPLE x', `aws ${R} x`],
    ['git ghp_abcdefghijklmnopqrstuvwxyz0123456789', `git ${R}`],
    ['slack xoxb-123456789012-abcdef', `slack ${R}`],
    ['x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_x', `x ${R}`],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- x', `${R} x`]
  ])('%s', (text, expected) => expect(redact(text)).toBe(expected))

  it.each([
    'node server.js --port 80',
    'app --password --verbose',
    'sort --key=2',
    'keytool -list',
    'http://host:8080/a@b',
    'tokenize --tokens',
    'monkey=1',
    'basic test'
  ])('leaves %s alone', (text) => expect(redact(text)).toBe(text))

  it('never shows the value of a password, wherever it stands', () => {
    const secret = fc.stringMatching(/^[A-Z][A-Za-z0-9]{7,30}$/).map((value) => `Q7${value}`)
    const around = fc.stringMatching(/^[a-z ./-]{0,30}$/)
    const forms = fc.constantFrom(
      (value: string) => `--password=${value}`,
      (value: string) => `--db-password ${value}`,
      (value: string) => `SECRET_KEY=${value}`,
      (value: string) => `token: ${value}`,
      (value: string) => `https://user:${value}@host/`
    )
    fc.assert(
      fc.property(around, secret, forms, around, (before, value, form, after) => {
        expect(redact(`${before} ${form(value)} ${after}`)).not.toContain(value)
      })
    )
  })

  it('redacting twice changes nothing more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(redact(redact(text))).toBe(redact(text))
      })
    )
  })

  it('is quick on what looks like much', () => {
    const texts = [
      'password',
      'password=',
      '--password ',
      'a://b:',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----',
      ' -u a:',
      '"',
      '--a-',
      'bearer '
    ].map((part) => part.repeat(10_000))
    const started = process.cpuUsage()
    for (const text of texts) expect(redact(text).length).toBeLessThan(20_000)
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000)
  })
})

describe('patterns of the user', () => {
  it('are applied besides, in any case', () => {
    const both = createRedactor([...SECRET_PATTERNS, 'cust-\\d+'])
    expect(both('x --password=a CUST-12 cust-3')).toBe(`x --password=${R} ${R} ${R}`)
    expect(createRedactor([])('--password=x')).toBe('--password=x')
    expect(() => createRedactor(['('])).toThrow(SyntaxError)
  })

  it.each(['(a+)+b', '(a|a)*b', 'a*a*a*a*a*b', '(.*)*x'])('%s cannot hang it, and then shows nothing', (pattern) => {
    const started = process.cpuUsage()
    expect(createRedactor([pattern])('a'.repeat(100_000))).toBe(R)
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000)
  })

  it('are not held to be slow because the machine is: whole texts are not hidden while others have the processor', async () => {
    const processes = new TestProcesses()
    try {
      const child = processes.spawn(process.execPath, ['--input-type=module', '--eval', REDACTING], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      let said = ''
      child.stdout?.on('data', (text) => {
        said += text
      })
      await waitUntil(() => said.startsWith('ready'), 'the first texts')
      // stopped again and again, for longer than an attempt may take at first
      while (!said.includes('hidden')) {
        child.kill('SIGSTOP')
        await pause(150)
        child.kill('SIGCONT')
        await pause(15)
      }
      expect(said).toBe('ready\nhidden 0 of 100\n')
    } finally {
      processes.cleanUp()
    }
  })

  it('long texts are cut', () => {
    expect(createRedactor([])('x'.repeat(MAX_REDACTED_LENGTH + 1))).toBe(`${'x'.repeat(MAX_REDACTED_LENGTH)}…`)
    expect(createRedactor([])('x'.repeat(MAX_REDACTED_LENGTH))).toHaveLength(MAX_REDACTED_LENGTH)
  })
})
