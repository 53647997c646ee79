import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { ask } from '../helpers/control.ts'
import { runs, serve, sharedFolder } from './serving.ts'

const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0

interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly oneOf: readonly object[] } }> }
}

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1, and every GET in it answers', async () => {
    const { command, socket } = await serve({ extensions: { sleeper: { command: ['sleep', '1000'] } } })
    await runs(command, 'sleeper')
    const description = (await ask(socket, '/v1/openapi.json')).json as {
      openapi: string
      paths: Record<string, Record<string, Operation>>
    }
    expect(description.openapi).toBe('3.1.0')
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(description) as Record<string, unknown>)
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })

    const operations = Object.values(description.paths).flatMap((path) => Object.values(path))
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const [path, methods] of Object.entries(description.paths)) {
      if (!('get' in methods) || path.endsWith('/stream') || path.includes('{id}')) continue
      expect([path, (await ask(socket, path.replace('{name}', 'sleeper'))).status]).toEqual([path, 200])
    }
    const commands = description.paths['/v1/commands']?.['post']?.requestBody?.content['application/json']?.schema.oneOf ?? []
    expect(commands.map((schema) => (schema as { properties: { type: { const: string } } }).properties.type.const)).toContain('save-limits')
  })

  it('would not be valid with something else in it', async () => {
    const { socket } = await serve({ extensions: { sleeper: { command: ['sleep', '1000'] } } })
    const broken = (await ask(socket, '/v1/openapi.json')).json as Record<string, unknown>
    const { valid } = await new Validator().validate({ ...broken, paths: { '/v1': { get: { responses: 'none' } } } })
    expect(valid).toBe(false)
  })
})

describe.skipIf(!hasCurl)(`curl${hasCurl ? '' : ' (skipped: it is not installed)'}`, () => {
  it('reads the state, acts, and follows events', async () => {
    const { command, socket } = await serve({ extensions: { sleeper: { command: ['sleep', '1000'] } } })
    await runs(command, 'sleeper')
    const curl = (...args: string[]) => spawnSync('curl', ['-sS', '--unix-socket', socket, ...args], { encoding: 'utf8' })
    expect(JSON.parse(curl('http://x/v1/nodes/sleeper').stdout)).toMatchObject({ phase: { phase: 'running' } })
    // several requests on one connection
    const both = curl('-v', 'http://x/v1', 'http://x/healthz')
    expect(both.stderr).toMatch(/Re-using existing connection/)
    const acted = curl('-w', '%{http_code}', '-d', '{"type": "restart", "node": "sleeper"}', 'http://x/v1/commands?wait=20')
    expect(acted.stdout).toBe('{}202')
    expect(JSON.parse(curl('http://x/v1/nodes/sleeper').stdout)).toMatchObject({ incarnation: 2 })
    const stream = curl('-N', '-m', '1', 'http://x/v1/events/stream?transient=0')
    expect(stream.stdout).toMatch(/^id: [0-9a-f]+:\d+\nevent: snapshot\ndata: \{/)
    const big = join(sharedFolder(), 'big')
    writeFileSync(big, 'x'.repeat(70_000))
    expect(curl('-o', '/dev/null', '-w', '%{http_code}', '-d', `@${big}`, 'http://x/v1/commands').stdout).toBe('413')
  })
})
