import * as z from 'zod/mini'
import { ERROR_SHAPE } from './answers.ts'
import { PATH_PARAMETERS } from './parameters.ts'
import type { Route } from './route.ts'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 description of the routes, made of the very schemas that validate. */
export function createOpenApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'tsupervise control API',
      version: '1',
      summary: `HTTP on a Unix socket, served by tsupervise ${version}.`,
      license: { name: 'MIT', identifier: 'MIT' }
    },
    servers: [{ url: '/', description: 'curl --unix-socket NAME.sock http://tsupervise/v1' }],
    paths,
    components: { schemas: { Error: ERROR_SHAPE } }
  }
}

function operation({ method, path, needs, summary, query, body, answer }: Route): Json {
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[{}]/g, '').replace(/[/.]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    ...(needs === 'all' ? { description: 'Not for those who may only look.' } : {}),
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: {
      [answer.status]: { description: answer.description, content: { [answer.type]: { schema: answer.schema } } },
      default: {
        description: 'Refused, and why.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
      }
    }
  }
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: schemaOf(PATH_PARAMETERS[name as keyof typeof PATH_PARAMETERS])
  }))

function queryParameters(query: z.ZodMiniType): Json[] {
  const properties = schemaOf(query)['properties'] as Readonly<Record<string, Json>> | undefined
  return Object.entries(properties ?? {}).map(([name, { description, ...schema }]) => ({ name, in: 'query', description, schema }))
}

function schemaOf(schema: z.ZodMiniType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}
