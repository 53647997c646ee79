import type { Answered } from './questions.ts'
import { answeredRegister } from './register.ts'
import type { ViewState } from './state.ts'

/** The view once a question was answered; an answer that nobody waits for any more changes nothing. */
export function answered(view: ViewState, one: Answered): ViewState {
  const { dialog } = view
  if (dialog?.kind === 'register') return { ...view, dialog: answeredRegister(dialog, one) }
  if (dialog?.kind !== 'reload' || one.query.type !== 'reload-difference') return view
  const { answer } = one as Extract<Answered, { readonly query: { readonly type: 'reload-difference' } }>
  return {
    ...view,
    dialog: {
      kind: 'reload',
      answer: answer.ok ? { kind: 'told', difference: answer.value } : { kind: 'failed', detail: answer.error.message }
    }
  }
}
