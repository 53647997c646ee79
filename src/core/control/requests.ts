import { constants } from 'node:os'
import * as z from 'zod/mini'
import type { Command } from '../commands.ts'
import type { Query } from '../queries.ts'
import type { SignalName } from '../settings.ts'

type Without<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never

/** A command as it is sent: who asks is for the server to say. */
export type CommandRequest = Without<Command, 'by' | 'uid'>
export type QueryRequest = Without<Query, 'uid'>

const SIGNALS = Object.keys(constants.signals) as [SignalName, ...SignalName[]]
const LARGEST_PID = 4_194_304
/** The most that a timer of Node can wait. */
const LONGEST_MS = 2_147_483_647

const whole = (min: number, max: number, what: string) =>
  z.int({ error: what }).check(z.gte(min, { error: what }), z.lte(max, { error: what }))

const node = z.string({ error: 'the name of a node' }).check(z.regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'the name of a node' }))
const pid = whole(1, LARGEST_PID, 'a process id')
const start = whole(0, Number.MAX_SAFE_INTEGER, 'a start time in clock ticks since boot')
const identity = z.strictObject({ pid, startTime: start }, { error: 'a process such as {"pid": 4211, "startTime": 804219}' })
const signal = z.enum(SIGNALS, { error: 'a signal such as SIGTERM' })
const scope = z.enum(['child', 'tree'], { error: 'child or tree' })
const flag = z.boolean({ error: 'true or false' })
const type = <const T extends string>(name: T) => z.literal(name)

const expect = z.optional(z.strictObject({ parentStart: start, childStart: start }, { error: '{"parentStart": ..., "childStart": ...}' }))

const register = z.strictObject({
  type: type('register'),
  parent: pid,
  child: pid,
  expect,
  signal: z.optional(signal),
  graceMs: z.optional(whole(0, LONGEST_MS, 'milliseconds')),
  scope: z.optional(scope)
})

/** What POST /v1/commands takes. */
export const commandSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: type('start'), node }),
  z.strictObject({ type: type('stop'), node }),
  z.strictObject({ type: type('restart'), node }),
  z.strictObject({ type: type('signal'), target: identity, signal }),
  z.strictObject({
    type: type('set-limit'),
    node,
    field: z.enum(['memory', 'memoryLatency', 'cpu', 'latency', 'respawnLimit'], {
      error: 'one of memory, memoryLatency, cpu, latency, respawnLimit'
    }),
    value: z.number({ error: 'a number: bytes, percent, milliseconds or a count' })
  }),
  z.strictObject({ type: type('observe'), node, observe: flag }),
  z.strictObject({ type: type('reopen-logs') }),
  z.strictObject({ type: type('shutdown'), force: z._default(flag, false) }),
  register,
  z.strictObject({ type: type('unregister'), parent: pid, child: pid, expect }),
  z.strictObject({ type: type('end-orphan'), child: identity }),
  z.strictObject({ type: type('reload') }),
  z.strictObject({ type: type('save-limits'), node })
])

/** What POST /v1/queries takes. */
export const querySchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: type('find-processes'),
    text: z.string({ error: 'text' }).check(z.maxLength(1000, { error: 'at most 1000 characters' })),
    most: whole(0, 1000, 'a number from 0 to 1000')
  }),
  z.strictObject({ type: type('preview-pair'), parent: pid, child: pid }),
  z.strictObject({
    type: type('orphans'),
    from: whole(0, Number.MAX_SAFE_INTEGER, 'a number from 0'),
    most: whole(0, 10_000, 'a number from 0 to 10000')
  }),
  z.strictObject({ type: type('reload-difference') }),
  z.strictObject({ type: type('configuration') }),
  z.strictObject({ type: type('process'), target: identity })
])

/** The command that was asked for, by whom. */
export function commandOf(request: z.output<typeof commandSchema>, by: string, uid: number): Command {
  switch (request.type) {
    case 'register': {
      const { expect, signal, graceMs, scope } = request
      return { ...request, expect, signal, graceMs, scope, uid, by }
    }
    case 'unregister':
    case 'end-orphan':
      return { ...request, uid, by }
    default:
      return { ...request, by }
  }
}

export const queryOf = (request: z.output<typeof querySchema>, uid: number): Query =>
  request.type === 'preview-pair' ? { ...request, uid } : request
