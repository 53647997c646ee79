import { failure } from '../core/errors.ts'
import type { Answer, Ask, Query } from '../core/queries.ts'

/** The one place that answers queries, of the interface as of the control socket. */
export function createAsk(): Ask {
  return async <Q extends Query>(query: Q): Promise<Answer<Q>> => failure('unsupported', `${query.type} cannot be answered here`)
}
