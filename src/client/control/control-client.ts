import type { Command } from '../../core/commands.ts'
import { success } from '../../core/errors.ts'
import type { SupervisorEvent } from '../../core/events.ts'
import type { LogWindow } from '../../core/output/log-line.ts'
import type { Clock } from '../../core/ports.ts'
import type { Answers, EffectiveSetting, Query } from '../../core/queries.ts'
import type { Receipt } from '../../core/receipt.ts'
import type { SupervisorState } from '../../store.ts'
import { type ControlResult, controlFailure } from './failure.ts'
import { ANSWER_MS, askFor } from './request.ts'
import { openStream, type Stream, type StreamHandlers } from './stream.ts'
import type { Transport } from './transport.ts'

/** The version of the control API that this client speaks. */
export const API_VERSION = 1

/** Who answers: GET /v1. */
export interface SupervisorInfo {
  readonly api: number
  readonly name: string
  readonly version: string
  readonly pid: number
  readonly host: string
  readonly user: string | number
  readonly startedAt: string
  /** Whether this user may only look. */
  readonly readOnly: boolean
}

type Without<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never
/** A command as it is sent: who asks is for the server to say. */
export type CommandRequest = Without<Command, 'by' | 'uid'>
export type QueryRequest = Without<Query, 'uid'>

/** The control API of one supervisor, typed. What it refuses, and that it cannot be reached, are results. */
export interface ControlClient {
  readonly label: string
  /** Who is there; fails when it speaks another version. */
  hello(): Promise<ControlResult<SupervisorInfo>>
  state(): Promise<ControlResult<SupervisorState>>
  logs(node: string, lines: number): Promise<ControlResult<LogWindow>>
  orphans(from: number, most: number): Promise<ControlResult<Answers['orphans']>>
  receipts(last: number): Promise<ControlResult<readonly Receipt[]>>
  receipt(id: number): Promise<ControlResult<Receipt>>
  configuration(): Promise<ControlResult<readonly EffectiveSetting[]>>
  events(filter: {
    readonly since?: number
    readonly node?: string
    readonly most?: number
  }): Promise<ControlResult<readonly SupervisorEvent[]>>
  /** Succeeds when the command was taken; with `waitMs`, when what it wants is so. */
  send(command: CommandRequest, waitMs?: number): Promise<ControlResult<undefined>>
  ask<Q extends QueryRequest>(query: Q): Promise<ControlResult<Answers[Q['type']]>>
  /** Snapshot, then changes; see RemoteSession. `transient: false` leaves out what only refreshes a screen. */
  eventStream(options: { readonly lastEventId?: string | undefined; readonly transient: boolean }, handlers: StreamHandlers): Stream
  logStream(node: string, lines: number, handlers: StreamHandlers): Stream
  silence(): void
  close(): Promise<void>
}

export function createControlClient(transport: Transport, clock: Clock): ControlClient {
  const get = <T>(path: string): Promise<ControlResult<T>> => askFor(transport, clock, { method: 'GET', path }) as Promise<ControlResult<T>>
  const post = (path: string, body: unknown, timeoutMs?: number): Promise<ControlResult<unknown>> =>
    askFor(transport, clock, { method: 'POST', path, body, timeoutMs })
  const node = (name: string): string => `/v1/nodes/${encodeURIComponent(name)}`

  return {
    label: transport.label,
    async hello() {
      const answer = await get<SupervisorInfo>('/v1')
      return answer.ok ? checkVersion(transport.label, answer.value) : answer
    },
    state: () => get('/v1/state'),
    logs: (name, lines) => get(`${node(name)}/logs?lines=${lines}`),
    orphans: (from, most) => get(`/v1/orphans?from=${from}&most=${most}`),
    receipts: async (last) => listOf(await get(`/v1/receipts?last=${last}`), 'receipts'),
    receipt: (id) => get(`/v1/receipts/${id}`),
    configuration: async () => listOf(await get('/v1/configuration'), 'settings'),
    events: async (filter) => listOf(await get(`/v1/events?${new URLSearchParams(textOf(filter))}`), 'events'),
    async send(command, waitMs) {
      const query = waitMs === undefined ? '' : `?wait=${waitMs / 1000}`
      const answer = await post(`/v1/commands${query}`, command, waitMs === undefined ? undefined : waitMs + ANSWER_MS)
      return answer.ok ? success(undefined) : answer
    },
    ask: (query) => post('/v1/queries', query) as Promise<ControlResult<never>>,
    eventStream: ({ lastEventId, transient }, handlers) =>
      openStream(transport, clock, { path: `/v1/events/stream${transient ? '' : '?transient=0'}`, lastEventId }, handlers),
    logStream: (name, lines, handlers) => openStream(transport, clock, { path: `${node(name)}/logs/stream?lines=${lines}` }, handlers),
    silence: () => transport.silence(),
    close: () => transport.close()
  }
}

function checkVersion(label: string, info: SupervisorInfo): ControlResult<SupervisorInfo> {
  if (info?.api === API_VERSION) return success(info)
  const found = typeof info?.api === 'number' ? `version ${info.api} of the control API` : 'something else than the control API'
  return controlFailure(
    'unreachable',
    'other-version',
    `${label} speaks ${found}, expected version ${API_VERSION}`,
    'Use a tsupervise of the same version on both sides.'
  )
}

/** A list, whether it came bare or under its name. */
function listOf<T>(answer: ControlResult<unknown>, name: string): ControlResult<readonly T[]> {
  if (!answer.ok) return answer
  const list = Array.isArray(answer.value) ? answer.value : (answer.value as Readonly<Record<string, unknown>> | undefined)?.[name]
  if (Array.isArray(list)) return success(list as T[])
  return controlFailure('unreachable', 'bad-answer', `expected a list of ${name}`)
}

const textOf = (filter: Readonly<Record<string, string | number | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])))
