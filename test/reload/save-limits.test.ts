import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readConfigText } from '../../src/config/config-text.ts'
import { type SavedSetting, withSettings } from '../../src/config/save-limits.ts'

const memory = (value: string, ...at: string[]): SavedSetting => ({ path: [...at, 'limits', 'memory'], value })
function saved(source: string, ...settings: SavedSetting[]): string {
  const written = withSettings(source, 'f.yaml', settings)
  if (!written.ok) throw new Error(`${written.error.code}: ${written.error.message}`)
  return written.value
}
const refused = (source: string, ...settings: SavedSetting[]): string | undefined => {
  const written = withSettings(source, 'f.yaml', settings)
  return written.ok ? undefined : written.error.code
}

describe('a limit is written where it stands', () => {
  it('and nothing else is touched: comments, quotes, blanks, order', () => {
    const source = `# ours
worker:   # the api
  limits: {cpu: 5%,   memory: '100MB'} # tight
  command:   [ api,  "--x" ]

extensions:
    web:
        command: |
            one
            two
        limits:
            # why 200
            memory: 200MB   # measured
`
    expect(saved(source, memory('300MB', 'worker'), memory('1GB', 'extensions', 'web'))).toBe(
      source.replace("'100MB'", "'300MB'").replace('200MB ', '1GB ')
    )
  })

  it('behind the last entry of its map, where it was not there', () => {
    expect(saved('worker:\n  command: api # c\n  limits:\n    cpu: 5% # d\n# end\n', memory('1GB', 'worker'))).toBe(
      'worker:\n  command: api # c\n  limits:\n    cpu: 5% # d\n    memory: 1GB\n# end\n'
    )
    expect(saved('worker:\n  command: api # c\nextensions: {}\n', memory('1GB', 'worker'))).toBe(
      'worker:\n  command: api # c\n  limits:\n    memory: 1GB\nextensions: {}\n'
    )
    expect(
      saved('extensions:\n  web:\n    successCodes:\n      - 0\n      - 1\n    command: web', memory('1GB', 'extensions', 'web'))
    ).toBe('extensions:\n  web:\n    successCodes:\n      - 0\n      - 1\n    command: web\n    limits:\n      memory: 1GB')
    expect(saved('worker: {command: api}\n', memory('1GB', 'worker'), { path: ['worker', 'respawn', 'limit'], value: 7 })).toBe(
      'worker: {command: api, limits: {memory: 1GB}, respawn: {limit: 7}}\n'
    )
    expect(saved('worker:\r\n  command: api\r\n', memory('1GB', 'worker'))).toBe(
      'worker:\r\n  command: api\r\n  limits:\r\n    memory: 1GB\r\n'
    )
  })

  it('in JSON as JSON', () => {
    const source = '{\n  "worker": {\n    "command": ["api"],\n    "limits": {"memory": "1MB"}\n  }\n}\n'
    const written = saved(
      source,
      memory('2MB', 'worker'),
      { path: ['worker', 'limits', 'cpu'], value: '5%' },
      { path: ['worker', 'respawn', 'limit'], value: 3 }
    )
    expect(JSON.parse(written)).toEqual({ worker: { command: ['api'], limits: { memory: '2MB', cpu: '5%' }, respawn: { limit: 3 } } })
    expect(written).toContain('\n    "respawn": {"limit": 3}\n')
  })
})

describe('nothing is written', () => {
  it('for a node that is not in the file', () => {
    expect(refused('worker: {command: api}\n', memory('1GB', 'extensions', 'web'))).toBe('not-in-file')
    expect(refused('extensions: {web: {command: w}}\n', memory('1GB', 'worker'))).toBe('not-in-file')
  })

  it('where it would count elsewhere too', () => {
    const source = 'worker: {command: api, limits: &shared {memory: 1MB}}\nextensions: {web: {command: w, limits: *shared}}\n'
    expect(refused(source, memory('1GB', 'extensions', 'web'))).toBe('not-in-file')
    expect(refused(source, memory('1GB', 'worker'))).toBe('not-valid')
  })

  it('into a file that is not valid', () => {
    expect(refused('worker: {command: api, limmits: {}}\n', memory('1GB', 'worker'))).toBe('not-valid')
    expect(refused('worker: {command: [\n', memory('1GB', 'worker'))).toBe('not-valid')
  })
})

it('whatever is saved is read again, and the rest says what it said', () => {
  const limits = fc.subarray(['cpu: 5%', 'memory: 7MB', 'latency: 3s'])
  const style = fc.constantFrom('block', 'flow')
  fc.assert(
    fc.property(limits, style, fc.boolean(), fc.integer({ min: 1, max: 9000 }), (given, how, comments, megabytes) => {
      const note = comments ? ' # why' : ''
      const block = given.length === 0 ? '' : `    limits:${note}\n${given.map((one) => `      ${one}${note}\n`).join('')}`
      const flow = given.length === 0 ? '' : `    limits: { ${given.join(', ')} }${note}\n`
      const source = `extensions:\n  web:\n    command: w${note}\n${how === 'block' ? block : flow}    restart: never\n  next: {command: n}\n`
      const text = saved(source, memory(`${megabytes}MB`, 'extensions', 'web'))
      const { config } = readConfigText(text, 'f', [])
      const before = readConfigText(source, 'f', []).config
      expect(config?.extensions?.['web']?.limits?.memory).toBe(megabytes * 2 ** 20)
      expect(config?.extensions?.['next']).toEqual(before?.extensions?.['next'])
      expect({ ...config?.extensions?.['web'], limits: {} }).toEqual({ ...before?.extensions?.['web'], limits: {} })
      expect(text.match(/# why/g)?.length).toBe(source.match(/# why/g)?.length)
    })
  )
})
