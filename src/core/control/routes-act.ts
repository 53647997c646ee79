import { ok, SHAPES } from './answers.ts'
import { PARAMETERS } from './parameters.ts'
import type { TakePlace } from './places.ts'
import type { ControlPorts } from './ports.ts'
import { RefusedError, refusalOf } from './refusal.ts'
import { commandOf, commandSchema, queryOf, querySchema } from './requests.ts'
import { json, type Route, route } from './route.ts'
import { prepareWaiting } from './wait.ts'

/** Commands and queries. */
export function routesToAct(ports: ControlPorts, takePlace: TakePlace): readonly Route[] {
  return [
    route({
      ...{ method: 'POST', path: '/v1/commands', needs: 'all', query: PARAMETERS.wait, body: commandSchema },
      summary: 'Does something. Answered when it was taken or refused; with `wait`, when what it wants is so.',
      answer: { status: 202, type: 'application/json', description: 'Taken (with `wait`: done).', schema: SHAPES.taken },
      async handle({ body, query, peer, closed }) {
        const command = commandOf(body, peer.by, peer.uid)
        const leave = query.wait === undefined ? undefined : takePlace(peer)
        const waiting = query.wait === undefined ? undefined : prepareWaiting(command, ports)
        try {
          const result = await ports.execute(command)
          if (!result.ok) throw new RefusedError(refusalOf(result.error))
          const done = await waiting?.wait((query.wait ?? 0) * 1000, closed)
          if (done?.ok === false) throw new RefusedError(notDone(done.error))
          return json({}, 202)
        } finally {
          waiting?.forget()
          leave?.()
        }
      }
    }),
    route({
      ...{ method: 'POST', path: '/v1/queries', needs: 'read', query: PARAMETERS.none, body: querySchema },
      summary: 'Asks for what is not in the state.',
      answer: ok('The answer to this type of query.', SHAPES.answer),
      async handle({ body, peer }) {
        const answer = await ports.ask(queryOf(body, peer.uid))
        if (!answer.ok) throw new RefusedError(refusalOf(answer.error))
        return json(answer.value)
      }
    })
  ]
}

/** It was taken all the same: 503 for what takes longer, 409 for what will not be. */
const notDone = ({ code, message }: { readonly code: string; readonly message: string }) => ({
  status: code === 'timeout' ? (503 as const) : (409 as const),
  code,
  message,
  next: 'GET /v1/nodes shows how things stand.'
})
