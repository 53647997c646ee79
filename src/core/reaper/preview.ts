import { basename } from 'node:path'
import { sameProcess } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import type { PairPreview, ProcessBrief } from '../queries.ts'
import type { OrphanTerms } from '../settings.ts'
import { describeTerms } from '../stop/wording.ts'
import { commander, REFUSALS, type Refusal, refusalOfAsker, refusalOfNumbers, refusalOfTarget, refusalOfUser } from './authority.ts'
import { readFacts, type SelfFacts } from './facts.ts'
import type { Registration, Registry } from './registry.ts'

export interface PreviewOptions {
  readonly reader: ProcReader
  readonly self: SelfFacts
  readonly registry: Pick<Registry, 'byNumbers' | 'isActing'>
  readonly terms: () => OrphanTerms
  readonly brief: (pid: number) => ProcessBrief | undefined
}

interface Asked {
  readonly parent: number
  readonly child: number
  readonly uid: number
}

/** What a registration would do, under the authority of `uid`; nothing is done, and it may be otherwise a moment later. */
export function previewPair(asked: Asked, options: PreviewOptions): PairPreview {
  const { registry, brief, terms } = options
  const isSane = refusalOfNumbers(asked.parent, asked.child) !== 'not-a-process'
  const [parent, child] = isSane ? [brief(asked.parent), brief(asked.child)] : []
  const refused = refusalOf(asked, options)
  if (refused !== undefined || child === undefined) {
    return { parent, child, text: `refused: ${REFUSALS[refused ?? 'gone']}`, refused: true }
  }
  const isKnown = (pair: Registration): boolean =>
    pair.uid === asked.uid && sameProcess(pair.child, child) && parent !== undefined && sameProcess(pair.parent, parent)
  const known = registry.byNumbers(asked.parent, asked.child).find(isKnown)
  const ladder = describeTerms(known?.terms ?? terms())
  const whom = named(child)
  if (parent === undefined) {
    return { parent, child, text: `${whom} would be ended at once with ${ladder}: there is no process ${asked.parent}`, refused: false }
  }
  const when = `when ${named(parent)} dies`
  const text = known === undefined ? `${whom} would end with ${ladder} ${when}` : `registered already: ${whom} ends with ${ladder} ${when}`
  return { parent, child, text, refused: false }
}

/** By the program: the kernel's name of a process may be that of a thread (`MainThread`). */
const named = ({ pid, comm, command }: ProcessBrief): string => `${pid} ${basename(command.split(' ', 1)[0] ?? '') || comm}`

function refusalOf({ parent, child, uid }: Asked, { reader, self, registry }: PreviewOptions): Refusal | undefined {
  const nonsense = refusalOfNumbers(parent, child)
  if (nonsense !== undefined) return nonsense
  const facts = readFacts(reader, child)
  if (facts === undefined) return 'gone'
  if (registry.isActing(facts)) return 'acting'
  if (readFacts(reader, parent)?.kind === 'thread') return 'parent-thread'
  return refusalOfTarget(facts, self) ?? refusalOfAsker(commander(uid, '', self), parent, facts, self) ?? refusalOfUser(uid, facts, self)
}
