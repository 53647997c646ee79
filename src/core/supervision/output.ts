import type { EventSubject } from '../events.ts'
import type { SpawnRequest } from '../ports.ts'
import type { Ports } from './context.ts'
import type { HoldBack } from './hold-back.ts'
import type { Wellbeing } from './wellbeing.ts'

/** Whose lines they are, and how they are told. */
export interface Speaker {
  readonly node: string
  /** Whether lines are repeated on the supervisor's own stdout, now. */
  readonly echo: () => boolean
  readonly subject: () => EventSubject
  readonly wellbeing: Pick<Wellbeing, 'line'>
  /** Keeps what is said before the start was told. */
  readonly inOrder: HoldBack
}

/** What becomes of the lines of one incarnation: kept, told where wanted, and looked at for readiness. */
export function listenToOutput(
  { node, echo, subject, wellbeing, inOrder }: Speaker,
  { output, emit }: Pick<Ports, 'output' | 'emit'>
): Pick<SpawnRequest, 'onLine' | 'onDropped'> {
  return {
    onLine: (stream, line) =>
      inOrder.pass(() => {
        output.append(node, stream, line)
        if (echo()) emit({ type: 'output', stream, line }, subject())
        wellbeing.line(line)
      }),
    onDropped: (stream, lines) =>
      inOrder.pass(() => {
        output.drop(node, lines)
        emit({ type: 'output-dropped', stream, lines }, subject())
      })
  }
}
