import type { Answer, Query as AnyQuery } from '../../core/queries.ts'

type Of<T extends AnyQuery['type']> = Extract<AnyQuery, { readonly type: T }>

/** What dialogs ask the session. */
export type Query = Of<'find-processes'> | Of<'preview-pair'> | Of<'reload-difference'>

/** A query with what was answered. */
export type Answered = { readonly [T in Query['type']]: { readonly query: Of<T>; readonly answer: Answer<Of<T>> } }[Query['type']]
