import { failure, type Result } from '../core/errors.ts'
import type { Answer, Answers, Ask, Query } from '../core/queries.ts'

type Asked<T extends Query['type']> = Extract<Query, { type: T }>

/** Who answers what; what is left out cannot be answered here. */
export type Answerers = { readonly [T in Query['type']]?: (query: Asked<T>) => Promise<Result<Answers[T]>> }

/** The one place that answers queries, of the interface as of the control socket. */
export function createAsk(answerers: Answerers): Ask {
  return async <Q extends Query>(query: Q): Promise<Answer<Q>> => {
    const answer = answerers[query.type] as ((query: Q) => Promise<Answer<Q>>) | undefined
    return answer === undefined ? failure('unsupported', `${query.type} cannot be answered here`) : answer(query)
  }
}
