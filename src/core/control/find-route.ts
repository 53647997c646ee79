import * as z from 'zod/mini'
import { PATH_PARAMETERS } from './parameters.ts'
import { type RefusedError, refuse } from './refusal.ts'
import type { Route } from './route.ts'

export interface FoundRoute {
  readonly route: Route
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

const MAX_TARGET = 4096

/** The route that a request means. Throws refusals: 404, 405 (`allow` says what there is), 400. */
export function findRoute(routes: readonly Route[], method: string, target: string): FoundRoute {
  if (target.length > MAX_TARGET || !target.startsWith('/')) throw refuse(400, 'invalid-request', 'the path is too long, or none')
  const [pathname = '', search = ''] = splitOnce(target)
  const steps = pathname.split('/')
  const there = routes.flatMap((route) => {
    const path = match(route.path.split('/'), steps)
    return path === undefined ? [] : [{ route, path }]
  })
  if (there.length === 0) throw refuse(404, 'no-such-path', `there is nothing at ${pathname.slice(0, 200)}`, 'See GET /v1/openapi.json.')
  const found = there.find(({ route }) => route.method === method)
  if (found === undefined)
    throw notAllowed(
      pathname,
      there.map(({ route }) => route.method)
    )
  return { ...found, query: readQuery(search) }
}

const notAllowed = (pathname: string, methods: readonly string[]): RefusedError =>
  refuse(405, 'method-not-allowed', `${pathname.slice(0, 200)} takes ${methods.join(', ')}`)

function splitOnce(target: string): readonly string[] {
  const at = target.indexOf('?')
  return at === -1 ? [target] : [target.slice(0, at), target.slice(at + 1)]
}

function match(pattern: readonly string[], steps: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== steps.length) return undefined
  const path: Record<string, string> = {}
  for (const [index, wanted] of pattern.entries()) {
    const found = steps[index] ?? ''
    const name = /^\{(.*)\}$/.exec(wanted)?.[1]
    if (name === undefined) {
      if (wanted !== found) return undefined
      continue
    }
    const value = decode(found)
    if (value === undefined || !z.safeParse(PATH_PARAMETERS[name as keyof typeof PATH_PARAMETERS], value).success) return undefined
    path[name] = value
  }
  return path
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return undefined
  }
}

function readQuery(search: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null)
  for (const [key, value] of new URLSearchParams(search)) {
    if (key in query) throw refuse(400, 'invalid-request', `the parameter ${key.slice(0, 64)} stands twice`)
    query[key] = value
  }
  return { ...query }
}
