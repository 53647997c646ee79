import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resourceLimit } from '../../src/config/rlimits.ts'
import { command, level, statusRange, stopSignal, tcpAddress, umask, warnSignal } from '../../src/config/special-values.ts'
import {
  cappedPercent,
  duration,
  FOR_EVER_MS,
  MAX_DURATION_MS,
  parseDuration,
  parseSize,
  percent,
  period,
  showDuration,
  showSize
} from '../../src/config/units.ts'
import { choice, count, pattern, share, switchWord, text } from '../../src/config/values.ts'

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.object(),
  fc.array(fc.string())
)

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['3s', 3000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['1m 30s', 90_000],
    ['1.5s', 1500],
    [' 4 s ', 4000],
    ['3S', 3000],
    [3, 3000],
    ['3', 3000],
    ['0', 0],
    [0.25, 250]
  ])('%j is %d ms', (found, ms) => {
    expect(parseDuration(found)).toBe(ms)
  })

  it.each(['', 's', '3 apples', '-1s', -1, '1e3', 'NaN', Number.NaN, Number.POSITIVE_INFINITY, '25d', '3s3', true, null, [], {}])(
    '%j is none',
    (found) => expect(parseDuration(found)).toBeUndefined()
  )

  it('are the same again after they were shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS }), (ms) => {
        expect(parseDuration(showDuration(ms))).toBe(ms)
      })
    )
    expect([0, 1500, 60_000, 90_000, 86_400_000].map(showDuration)).toEqual(['0s', '1500ms', '1m', '90s', '1d'])
    expect(period.read(period.show(FOR_EVER_MS))).toBe(FOR_EVER_MS)
  })
})

describe('sizes', () => {
  it.each([
    ['512B', 512],
    ['64K', 65_536],
    ['64KB', 65_536],
    ['64kib', 65_536],
    ['200MB', 200 * 2 ** 20],
    ['200 MiB', 200 * 2 ** 20],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['1T', 2 ** 40],
    [200, 200 * 2 ** 20],
    ['200', 200 * 2 ** 20],
    [0.5, 2 ** 19]
  ])('%j is %d bytes', (found, bytes) => {
    expect(parseSize(found)).toBe(bytes)
  })

  it.each(['', 'MB', '-1MB', -1, '1XB', '9007199254740992B', '1MB1', true, null, []])('%j is none', (found) =>
    expect(parseSize(found)).toBeUndefined()
  )

  it('are the same again after they were shown', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(showSize(bytes))).toBe(bytes)
      })
    )
    expect([0, 1, 1536, 200 * 2 ** 20, 2 ** 30].map(showSize)).toEqual(['0B', '1B', '1536B', '200MB', '1GB'])
  })
})

describe('other values', () => {
  it('percentages stop at 100, except where the reference caps them', () => {
    expect(['10%', '10 %', 10, '2.5%', 0, 100].map(percent.read)).toEqual([10, 10, 10, 2.5, 0, 100])
    expect(['101%', -1, 'x', '%', null].map(percent.read)).toEqual([undefined, undefined, undefined, undefined, undefined])
    expect(['150', '10'].map(cappedPercent.read)).toEqual([100, 10])
  })

  it('levels have names and osquery numbers', () => {
    expect(['normal', 'Restrictive', 0, 1, -1, '-1'].map(level.read)).toEqual([
      'normal',
      'restrictive',
      'normal',
      'restrictive',
      'disabled',
      'disabled'
    ])
    expect([2, 'toString', '__proto__'].map(level.read)).toEqual([undefined, undefined, undefined])
  })

  it('signals may be short or lower case, but must be able to end something', () => {
    expect(['SIGTERM', 'term', 'Int'].map(stopSignal.read)).toEqual(['SIGTERM', 'SIGTERM', 'SIGINT'])
    expect(['SIGSTOP', 'SIGCONT', 'SIGNONE', 9, 'auto'].map(stopSignal.read)).toEqual(Array(5).fill(undefined))
    expect(['auto', 'none', 'usr1'].map(warnSignal.read)).toEqual(['auto', 'none', 'SIGUSR1'])
  })

  it('a umask is octal text: as a YAML number it would have lost its base', () => {
    expect(['027', '0o27', '22', '777'].map(umask.read)).toEqual([0o27, 0o27, 0o22, 0o777])
    expect([27, '089', '1777', ''].map(umask.read)).toEqual(Array(4).fill(undefined))
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0o777 }), (mask) => {
        expect(umask.read(JSON.parse(umask.show(mask)))).toBe(mask)
      })
    )
  })

  it('addresses', () => {
    expect(['127.0.0.1:80', '[::1]:443', ':80', 8080, 'db.local:5432'].map(tcpAddress.read)).toEqual([
      { host: '127.0.0.1', port: 80 },
      { host: '::1', port: 443 },
      { host: '127.0.0.1', port: 80 },
      { host: '127.0.0.1', port: 8080 },
      { host: 'db.local', port: 5432 }
    ])
    expect(['a', 'a:0', 'a:65536', '::1:80', 'a b:1', 0, 1.5].map(tcpAddress.read)).toEqual(Array(7).fill(undefined))
    expect(['200', 204, '200-299', '399-200', '99', '2000'].map(statusRange.read)).toEqual([
      [200, 200],
      [204, 204],
      [200, 299],
      undefined,
      undefined,
      undefined
    ])
  })

  it('commands: a list as it is, a string for the shell', () => {
    expect(command.read(['node', 'x'])).toEqual(['node', 'x'])
    expect(command.read('a | b')).toEqual(['/bin/sh', '-c', 'a | b'])
    expect([[], [''], ['a', 1], 'a\0b', ['a', 'b\0'], ' ', 3, null].map(command.read)).toEqual(Array(8).fill(undefined))
  })

  it('resource limits', () => {
    expect([1024, '1024', 'unlimited', '64MB', { soft: 10, hard: 'unlimited' }].map(resourceLimit.read)).toEqual([
      { soft: 1024, hard: 1024 },
      { soft: 1024, hard: 1024 },
      { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY },
      { soft: 64 * 2 ** 20, hard: 64 * 2 ** 20 },
      { soft: 10, hard: Number.POSITIVE_INFINITY }
    ])
    expect([-1, 1.5, 'x', { soft: 2, hard: 1 }, { soft: 1 }, { soft: 1, hard: 2, x: 3 }, [], null].map(resourceLimit.read)).toEqual(
      Array(8).fill(undefined)
    )
  })

  it('regular expressions must be some', () => {
    expect(pattern.read('a.*b')).toBe('a.*b')
    expect(['(', '', 'x'.repeat(1001), 3].map(pattern.read)).toEqual(Array(4).fill(undefined))
  })

  it('nothing that can be found makes a reader throw', () => {
    const kinds = [
      duration,
      percent,
      cappedPercent,
      period,
      level,
      stopSignal,
      warnSignal,
      umask,
      tcpAddress,
      statusRange,
      command,
      resourceLimit,
      pattern,
      text,
      share,
      switchWord,
      count(1, 9),
      choice('a', 'b')
    ]
    fc.assert(fc.property(anything, fc.constantFrom(...kinds), (found, kind) => void kind.read(found)))
  })
})
