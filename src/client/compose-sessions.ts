import type { Command, CommandResult } from '../core/commands.ts'
import { type Failure, failure, success } from '../core/errors.ts'
import type { Answer, Answers, Query } from '../core/queries.ts'
import type { Session } from '../session.ts'
import { type Branch, branchIndexOf, graft, MOST_BRANCHES, ownIdentity, ownStart, splitNode } from './branch.ts'
import { createStateComposer } from './compose-state.ts'

export interface LabelledSession {
  /** Unlike the others, without a slash. */
  readonly label: string
  readonly session: Session
}

type PairCommand = Extract<Command, { readonly type: 'register' | 'unregister' }>

type Routed<T> =
  | { readonly kind: 'to'; readonly session: Session; readonly request: T }
  | { readonly kind: 'refused'; readonly failure: Failure }

/**
 * Several supervisors as one tree, a branch each. A command goes to the one branch that its node or process belongs to;
 * what is about a whole run is refused: that is done to one supervisor at a time.
 */
export function composeSessions(list: readonly LabelledSession[]): Session {
  if (list.length > MOST_BRANCHES) throw new RangeError(`at most ${MOST_BRANCHES} sessions`)
  const branches: readonly (Branch & LabelledSession)[] = list.map((one, index) => ({ ...one, index }))
  const composer = createStateComposer(branches)
  const labelled = (label: string | undefined) => branches.find((branch) => branch.label === label)
  const to = <T>(branch: (Branch & LabelledSession) | undefined, request: T): Routed<T> =>
    branch === undefined ? NOWHERE : { kind: 'to', session: branch.session, request }

  /** To the branch that both start times are of. */
  const whereExpected = (command: PairCommand, { parentStart, childStart }: NonNullable<PairCommand['expect']>): Routed<Command> => {
    if (branchIndexOf(parentStart) !== branchIndexOf(childStart)) return ONE_AT_A_TIME
    const expect = { parentStart: ownStart(parentStart), childStart: ownStart(childStart) }
    return to<Command>(branches[branchIndexOf(childStart)], { ...command, expect })
  }

  const route = (command: Command): Routed<Command> => {
    if ('node' in command) {
      const place = splitNode(command.node)
      return place === undefined ? NOWHERE : to(labelled(place.label), { ...command, node: place.node })
    }
    switch (command.type) {
      case 'signal':
        return to(branches[branchIndexOf(command.target.startTime)], { ...command, target: ownIdentity(command.target) })
      case 'end-orphan':
        return to(branches[branchIndexOf(command.child.startTime)], { ...command, child: ownIdentity(command.child) })
      case 'register': {
        return command.expect === undefined ? ONE_AT_A_TIME : whereExpected(command, command.expect)
      }
      case 'unregister': {
        if (command.expect !== undefined) return whereExpected(command, command.expect)
        const holders = branches.filter(({ session }) =>
          session.getState().orphans.pairs.some(({ parent, child }) => parent.pid === command.parent && child.pid === command.child)
        )
        return holders.length === 1 ? to(holders[0], command) : ONE_AT_A_TIME
      }
      default:
        return ONE_AT_A_TIME
    }
  }

  const ask = async (query: Query): Promise<Answer<Query>> => {
    switch (query.type) {
      case 'process': {
        const branch = branches[branchIndexOf(query.target.startTime)]
        if (branch === undefined) return failure(NOWHERE.failure.code, NOWHERE.failure.message)
        const answer = await branch.session.ask({ ...query, target: ownIdentity(query.target) })
        return answer.ok ? success(graft(answer.value, branch)) : answer
      }
      case 'find-processes':
        return await findProcesses(branches, query)
      case 'preview-pair':
        return await previewPair(branches, query)
      case 'orphans':
        return await orphansOf(branches, query)
      default:
        return failure(ONE_AT_A_TIME.failure.code, ONE_AT_A_TIME.failure.message)
    }
  }

  const place = (name: string) => {
    const found = splitNode(name)
    const branch = labelled(found?.label)
    return found === undefined || branch === undefined ? undefined : { session: branch.session, node: found.node }
  }

  return {
    getState: () => composer.compose(branches.map(({ session }) => session.getState())),
    subscribe(listener) {
      const unsubscribers = branches.map(({ session }) => session.subscribe(listener))
      return () => {
        for (const unsubscribe of unsubscribers) unsubscribe()
      }
    },
    async send(command): Promise<CommandResult> {
      const routed = route(command)
      return routed.kind === 'to' ? await routed.session.send(routed.request) : { ok: false, error: routed.failure }
    },
    ask: ask as Session['ask'],
    logs(name) {
      const found = place(name)
      return found?.session.logs(found.node) ?? { lines: [], dropped: 0 }
    },
    subscribeLogs(name, listener) {
      const found = place(name)
      return found?.session.subscribeLogs(found.node, listener) ?? (() => undefined)
    },
    links: () => branches.flatMap(({ session }) => session.links?.() ?? [])
  }
}

const refused = (code: string, message: string) => ({ kind: 'refused', failure: { code, message } }) as const
const NOWHERE = refused('no-such-branch', 'that belongs to none of the supervisors here')
const ONE_AT_A_TIME = refused('one-at-a-time', 'that is done to one supervisor at a time: attach to it alone')

type Branches = readonly (Branch & LabelledSession)[]
type Of<Type extends Query['type']> = Extract<Query, { type: Type }>

/** Of all of them, the host before the command line. */
async function findProcesses(branches: Branches, query: Of<'find-processes'>): Promise<Answer<Query>> {
  const answers = await Promise.all(branches.map(async (branch) => ({ branch, answer: await branch.session.ask(query) })))
  const found = answers.flatMap(({ branch, answer }) =>
    answer.ok ? answer.value.map((process) => ({ ...graft(process, branch), command: `${branch.label}: ${process.command}` })) : []
  )
  return success(found.slice(0, query.most))
}

/** Of the one branch where both processes are. */
async function previewPair(branches: Branches, query: Of<'preview-pair'>): Promise<Answer<Query>> {
  const answers = await Promise.all(branches.map(async (branch) => ({ branch, answer: await branch.session.ask(query) })))
  const whole = answers.flatMap(({ branch, answer }) =>
    answer.ok && answer.value.parent !== undefined && answer.value.child !== undefined ? [{ branch, preview: answer.value }] : []
  )
  const [only, ...others] = whole
  if (only !== undefined && others.length === 0)
    return success({ ...graft(only.preview, only.branch), text: `${only.branch.label}: ${only.preview.text}` })
  const where = whole.map(({ branch }) => branch.label).join(', ')
  const text =
    only === undefined ? 'these two are on none of the hosts together' : `there are such two processes on ${where}: attach to one alone`
  return success<Answers['preview-pair']>({ parent: undefined, child: undefined, text, refused: true })
}

/** One list after the other. */
async function orphansOf(branches: Branches, { from, most }: Of<'orphans'>): Promise<Answer<Query>> {
  let total = 0
  const pairs: Answers['orphans']['pairs'][number][] = []
  for (const branch of branches) {
    const answer = await branch.session.ask({ type: 'orphans', from: Math.max(0, from - total), most: most - pairs.length })
    if (!answer.ok) continue
    total += answer.value.total
    pairs.push(...answer.value.pairs.map((pair) => graft(pair, branch)))
  }
  return success({ total, pairs })
}
