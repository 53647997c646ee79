import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeControls, safeJson } from '../../src/core/output/escape.ts'
import { REDACTED, redactArguments } from '../../src/core/output/redact.ts'

const ACTS_ON_A_TERMINAL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

describe('what is shown', () => {
  it('never holds anything that a terminal would act on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeControls(text)).not.toMatch(ACTS_ON_A_TERMINAL)
        expect(escapeControls(text).isWellFormed()).toBe(true)
      })
    )
    expect(escapeControls('a\x1b[2Jb\nc\td\u009b1m\u202e')).toBe('a\\x1b[2Jb\\nc d\\x9b1m\\u202e')
    expect(escapeControls('grün 👩‍🔬 日本')).toBe('grün 👩‍🔬 日本')
  })

  it('is the same value again when it was JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(safeJson(value)).not.toMatch(ACTS_ON_A_TERMINAL)
        expect(JSON.parse(safeJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
    expect(safeJson('\u009b2J')).toBe('"\\u009b2J"')
  })
})

describe('redaction of arguments', () => {
  const redact = (text: string): string => text.replace(/(?<=password[= ])\S+|tok_[a-z]+/g, REDACTED)

  it('reaches from an option to its value, and changes nothing else', () => {
    expect(redactArguments(['db', '--password', 'hunter2', '-v'], redact)).toEqual(['db', '--password', REDACTED, '-v'])
    expect(redactArguments(['--password=a', 'b', 'tok_x'], redact)).toEqual([`--password=${REDACTED}`, 'b', REDACTED])
    expect(redactArguments(['--password', 'x'], (text) => text.replace(/--password \S+/, REDACTED))).toEqual(['--password', REDACTED])
    expect(redactArguments(['a', 'b c', ''], redact)).toEqual(['a', 'b c', ''])
  })
})
