import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { perfdata, plainText } from '../../src/core/checks/outputs/perfdata.ts'

/** What a reader of performance data makes of it: blank-separated, labels in quotes where they hold blanks. */
function read(text: string): { label: string; value: string; warning: string; critical: string }[] {
  const found = [...text.matchAll(/(?:'([^']*)'|([^\s'=]+))=([^;\s]*);([^;\s]*);([^;\s]*);0;(?: |$)/gy)]
  expect(found.map(([whole]) => whole).join('')).toBe(text)
  return found.map(([, quoted, plain, value = '', warning = '', critical = '']) => ({
    label: quoted ?? plain ?? '',
    value,
    warning,
    critical
  }))
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.stringMatching(/^[|='"\\; \n\t:a-z]{0,12}$/),
  fc.constantFrom('exe=/usr/sbin/sshd,user=root', "it's", 'a|b', 'a b', '', '\u001b[2J', '\u2028', 'x'.repeat(500))
)
const range = fc.constantFrom('', '10', '@1:2', '~:', '1:')

describe('performance data', () => {
  it('is read back as it was, with labels that are all different and hold nothing that would end them', () => {
    const values = fc.array(fc.record({ label: hostile, value: fc.nat(10_000), warning: range, critical: range }), { maxLength: 8 })
    fc.assert(
      fc.property(values, (list) => {
        const again = read(perfdata(list))
        expect(again.map(({ value, warning, critical }) => ({ value: Number(value), warning, critical }))).toEqual(
          list.map(({ value, warning, critical }) => ({ value, warning, critical }))
        )
        for (const { label } of again) expect(label).toMatch(/^[^='|\n\r\t\u001b\u2028]+$/)
        expect(new Set(again.map(({ label }) => label)).size).toBe(list.length)
      }),
      { numRuns: 1000 }
    )
  })

  it('keeps ordinary labels as they are', () => {
    const value = { value: 3, warning: '', critical: '1:2' }
    expect(perfdata([{ label: 'sshd', ...value }])).toBe('sshd=3;;1:2;0;')
    expect(perfdata([{ label: 'tmux: server', ...value }])).toBe("'tmux: server'=3;;1:2;0;")
    expect(perfdata([{ label: 'exe=/usr/sbin/sshd,user=root', ...value }])).toBe("'exe:/usr/sbin/sshd,user:root'=3;;1:2;0;")
  })

  it('cannot be begun by the text in front of it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(plainText(text)).not.toMatch(/[|\n\r\u001b]/)
      })
    )
  })
})
