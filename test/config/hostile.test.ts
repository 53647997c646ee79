import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfigText } from '../../src/config/config-text.ts'
import type { Problem } from '../../src/config/problem.ts'
import { ConfigFolder } from './folder.ts'

const MB = 2 ** 20
let folder: ConfigFolder
beforeAll(() => {
  folder = new ConfigFolder()
})
afterAll(() => folder.remove())

const messageFor = async (content: string | Buffer): Promise<string> => {
  folder.write('hostile.yaml', content)
  return (await folder.refusal(['-c', 'hostile.yaml'])).message.replaceAll(folder.path, 'FOLDER')
}

describe('files that are no configuration', () => {
  it('are refused by what they are', async () => {
    expect(await messageFor('name: a\0b')).toBe('FOLDER/hostile.yaml: holds a NUL byte at offset 7; expected text in UTF-8')
    expect(await messageFor(Buffer.from([0x6e, 0xff, 0xfe]))).toBe('FOLDER/hostile.yaml: is not text in UTF-8')
    expect(await messageFor('x'.repeat(10 * MB))).toBe('FOLDER/hostile.yaml: longer than 1048576 bytes, which no file of this kind is')
    expect((await folder.refusal(['-c', '.'])).message).toBe(`${folder.path}: found a folder, expected a configuration file`)
    expect((await folder.refusal(['-c', 'gone.yaml'])).message).toBe(
      `${folder.path}/gone.yaml: there is no such file, expected a configuration file`
    )
    const noFile = (found: string) => `found ${found}, expected a configuration file, which must be a regular file, or - for standard input`
    expect((await folder.refusal(['-c', '/dev/zero'])).message).toBe(`/dev/zero: ${noFile('a device')}`)
    // nobody will ever write to it: without the check the test would wait without end
    expect(spawnSync('mkfifo', [join(folder.path, 'fifo')]).status).toBe(0)
    expect((await folder.refusal(['-c', 'fifo'])).message).toBe(`${folder.path}/fifo: ${noFile('a named pipe')}`)
    expect((await folder.refusal(['--flagfile', 'fifo'])).message).toContain('/fifo: found a named pipe, expected a flagfile')
  })

  it('are read with a BOM, CRLF, tabs between JSON, or nothing in them', async () => {
    folder.write('ok.yaml', '\uFEFFname: x\r\nworker:\r\n  command: [a]\r\n')
    expect((await folder.load(['-c', 'ok.yaml'])).settings.name).toBe('x')
    folder.write('ok.json', '{\n\t"name": "y",\n\t"worker": {\n\t\t"command": ["a", "b"]\n\t}\n}\n')
    expect((await folder.load(['-c', 'ok.json'])).settings).toMatchObject({ name: 'y', nodes: [{ argv: ['a', 'b'] }] })
    for (const content of ['', '\n', '# nothing\n', '---\n', '{}']) {
      folder.write('empty.yaml', content)
      expect((await folder.load(['-c', 'empty.yaml'])).settings.nodes).toEqual([])
    }
    folder.write('empty.yaml', '')
    expect((await folder.load(['-c', 'empty.yaml'])).warnings).toEqual(['empty.yaml is empty: nothing is configured'])
  })
})

describe('YAML that wants to cost', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`)
  ].join('\n')

  it.each([
    ['deep flow', nested(100_000), 'nested deeper than 32 levels'],
    [
      'deep blocks',
      Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      'nested deeper than 32 levels|nested too deeply'
    ],
    ['deep items', '- '.repeat(50_000), 'nested too deeply|nested deeper'],
    ['an alias bomb', bomb, 'more than 100,000 values, aliases counted as often as they are used'],
    ['an alias to itself', 'a: &a [*a]', 'nested deeper than 32 levels'],
    ['a merge of itself', 'a: &a\n  <<: *a', 'nested deeper than 32 levels'],
    ['commas', `[${','.repeat(MB - 2)}`, 'more than 200,000 words and signs; expected a configuration'],
    ['brackets', ']'.repeat(MB), 'more than 200,000 words and signs; expected a configuration'],
    ['fewer brackets', ']'.repeat(150_000), 'not valid YAML: Unexpected flow-seq-end token'],
    ['many keys', Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n'), "unknown key 'k0' in the top level"],
    ['many documents', '---\n'.repeat(50_000), 'a second document starts here; expected one document'],
    ['backslashes', `"${'\\'.repeat(MB - 2)}`, 'not valid YAML']
  ])('%s', async (_, content, expected) => {
    const started = performance.now()
    expect(await messageFor(content)).toMatch(new RegExp(expected))
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it('a shared map is no bomb, and keeps its values', async () => {
    const content =
      'worker: &w {command: [a], env: &e {A: 1.10}}\nextensions:\n  x: {<<: *w, cwd: /, env: {<<: *e, B: 0100}}\n  env: {command: [a, 010], enabled: false}'
    folder.write('shared.yaml', content)
    const { settings } = await folder.load(['-c', 'shared.yaml'])
    expect(settings.nodes[1]).toMatchObject({ name: 'x', argv: ['a'], cwd: '/', env: { A: '1.10', B: '0100' } })
    expect(settings.nodes[2]).toMatchObject({ name: 'env', argv: ['a', '010'], enabled: false })
  })

  it('nothing makes the reader throw, and what it refuses has a place', () => {
    const words = fc.constantFrom(
      'worker',
      'command',
      'env',
      ':',
      ' ',
      '\n',
      '  ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '&a',
      '*a',
      '<<',
      '|',
      '>',
      '#',
      '- ',
      '? ',
      '!t',
      '__proto__',
      'constructor',
      'null',
      '~',
      '1',
      'extensions',
      '%YAML 1.1',
      '---'
    )
    const sources = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(words, { maxLength: 40 }).map((list) => list.join(''))
    )
    fc.assert(
      fc.property(sources, (source) => {
        const problems: Problem[] = []
        const { config } = readConfigText(source, 'f', problems)
        expect(config === undefined).toBe(problems.length > 0)
        for (const { place } of problems) expect(place.name).toBe('f')
      }),
      { numRuns: 500 }
    )
  })
})
