import type { OrphanPair } from '../../core/queries.ts'
import type { SupervisorState } from '../../store.ts'
import { safe } from '../format/safe.ts'
import { tickOf } from '../format/tick.ts'
import { cut } from '../format/width.ts'
import { termsOf } from '../panes/pair.ts'
import type { Line } from '../theme.ts'
import type { NodeVerb, PairVerb } from '../view/dialogs.ts'
import { SIGNALS } from '../view/press-dialog.ts'
import { pressureOf } from '../view/pressure.ts'
import { nodeNamed } from '../view/row.ts'
import type { Target } from '../view/state.ts'
import { refusal, refusalOfPair, type Sifted, sift, supervisorOf } from '../view/target.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { entry, keys, roomOf, said } from './parts.ts'

/** Targets that are named; of more, how many they are. */
const NAMED = 5

const fitted = (text: string, context: DialogContext): string =>
  cut(safe(text, context.look.ascii), roomOf(context), context.look.glyphs.ellipsis)

/** Lines of `named`, where there is only one target. */
const ABOUT = 2

/** Name, pid and start time: of one target on two lines, of several on one each. */
function named(targets: readonly Target[], context: DialogContext): Line[] {
  const [only, ...others] = targets
  if (only !== undefined && others.length === 0) {
    if (only.identity === undefined) return [[[fitted(only.name, context), 'strong']], [['no process now', 'dim']]]
    return [[[fitted(only.name, context), 'strong']], [[`pid ${only.identity.pid}, started ${only.started}`]]]
  }
  return listed(
    targets.map(
      ({ name, identity, started }) => `${identity === undefined ? 'no process' : `${identity.pid}, started ${started}`}: ${name}`
    ),
    context
  )
}

function listed(texts: readonly string[], context: DialogContext): Line[] {
  const more = texts.length - NAMED
  return [
    ...texts.slice(0, NAMED).map((text): Line => [[fitted(text, context), 'strong']]),
    ...(more > 0 ? [[[`and ${more} more`, 'dim'] as const]] : [])
  ]
}

/** What keeps it from being done to some or all, and the keys. */
function ending<T>({ able, refused }: Sifted<T>, verb: string, nothing: string, context: DialogContext): Line[] {
  if (able.length === 0) return [...said(`${refused.slice(0, NAMED).join(' ')} ${nothing}`, 'alarm', context), keys(['Esc', 'back'])]
  const left = refused.length === 0 ? [] : said(`Left out: ${refused.slice(0, NAMED).join(' ')}`, 'alarm', context)
  const whom = refused.length === 0 ? '' : ` (${able.length} of ${able.length + refused.length})`
  return [...left, keys(['Enter', verb + whom], ['Esc', 'cancel'])]
}

/** Where nothing can be done: the first line of why. */
const reasonOf = <T>({ able }: Sifted<T>, [first]: readonly Line[]): Line | undefined => (able.length === 0 ? first : undefined)

export function signalsContent({ targets, signal }: Of<'signals'>, state: SupervisorState, context: DialogContext): DialogContent {
  const sifted = sift(targets, (target) => refusal(target, state, 'process'))
  const [first] = targets
  const whose = first.name === first.node ? 'leader of this node alone, not its tree' : `of ${first.node}`
  const of: Line[] = targets.length === 1 ? [[[whose, 'dim']]] : [[[`${targets.length} processes, each alone`, 'dim']]]
  const list = SIGNALS.map((one) => entry(one === signal, one.padEnd(10), MEANINGS[one] ?? '', context))
  const end = ending(sifted, `send ${signal}`, 'Nothing is sent.', context)
  return {
    title: targets.length === 1 ? 'Send a signal' : `Send a signal to ${targets.length}`,
    about: ABOUT,
    chosen: reasonOf(sifted, end) ?? list[SIGNALS.indexOf(signal)],
    lines: [...named(targets, context), ...of, [], ...(sifted.able.length > 0 ? list : []), [], ...end]
  }
}

const MEANINGS: Readonly<Record<string, string>> = {
  SIGTERM: 'please end',
  SIGINT: 'interrupt, as Ctrl-C does',
  SIGHUP: 'hang-up, often: read the configuration again',
  SIGQUIT: 'end with a core dump',
  SIGKILL: 'end now, cannot be refused',
  SIGUSR1: "the program's own",
  SIGUSR2: "the program's own",
  SIGSTOP: 'halt, cannot be refused',
  SIGCONT: 'go on after a halt'
}

const ASKED: Readonly<Record<NodeVerb, readonly [title: string, verb: string, meaning: string]>> = {
  stop: ['Stop', 'stop', 'The whole tree is stopped; it stays stopped until it is started again.'],
  start: ['Start', 'start', 'It is started now, whatever it waits for.'],
  restart: ['Restart', 'restart', 'The whole tree is stopped, then it starts again. This uses no budget.'],
  act: ['Let limits act on', 'let them act', 'Limits stop it again when it breaks them.']
}

export function confirmContent({ verb, targets }: Of<'confirm'>, state: SupervisorState, context: DialogContext): DialogContent {
  const [title, act, meaning] = ASKED[verb]
  const sifted = sift(targets, (target) => refusal(target, state, 'node'))
  const whom = targets.length === 1 ? targets[0].name : `${targets.length} nodes`
  const end = ending(sifted, act, 'Nothing is done.', context)
  const over = verb === 'act' ? sifted.able.filter(({ node }) => isOver(node, state, context.now)).map(({ node }) => node) : []
  return {
    title: `${title} ${whom}?`,
    about: ABOUT,
    chosen: reasonOf(sifted, end),
    lines: [
      ...named(targets, context),
      ...said(meaning, 'dim', context),
      ...(over.length === 0 ? [] : said(`Over a limit now, so soon stopped: ${over.join(', ')}.`, 'alarm', context)),
      [],
      ...end
    ]
  }
}

function isOver(name: string, state: SupervisorState, now: number): boolean {
  const node = nodeNamed(state, name)
  return node !== undefined && pressureOf(node, now)?.leftMs !== undefined
}

const PAIRS: Readonly<Record<PairVerb, readonly [title: string, verb: string, meaning: string]>> = {
  unregister: ['Unregister', 'unregister', 'The child lives on when its parent dies.'],
  'end-orphan': ['End now', 'end', 'As if the parent had died.']
}

export function pairsContent({ verb, pairs }: Of<'pairs'>, state: SupervisorState, context: DialogContext): DialogContent {
  const [title, act, meaning] = PAIRS[verb]
  const sifted = sift(pairs, (pair) => refusalOfPair(pair, state))
  const [first] = pairs
  const end = ending(sifted, act, 'Nothing is done.', context)
  const how = verb === 'end-orphan' ? ` ${termsOf(first)}${first.scope === 'tree' ? ', with its descendants' : ', the child alone'}.` : ''
  return {
    title: pairs.length === 1 ? `${title} ${first.child.pid}?` : `${title} ${pairs.length} orphans?`,
    about: ABOUT,
    chosen: reasonOf(sifted, end),
    lines: [...pairLines(pairs, state, context), ...said(meaning + (pairs.length === 1 ? how : ''), 'dim', context), [], ...end]
  }
}

function onHost(pair: OrphanPair, state: SupervisorState): string {
  const label = supervisorOf(pair, state)
  return label === undefined ? '' : ` on ${label}`
}

/** Name, pid and start time of the child, then of the parent. */
function pairLines(pairs: readonly OrphanPair[], state: SupervisorState, context: DialogContext): Line[] {
  const [only, ...others] = pairs
  if (only === undefined || others.length > 0)
    return listed(
      pairs.map((pair) => `${pair.child.pid}${onHost(pair, state)} (${tickOf(pair.child.startTime)}): ${pair.childCommand}`),
      context
    )
  return [
    [[fitted(only.childCommand || 'command unknown', context), 'strong']],
    [[`pid ${only.child.pid}${onHost(only, state)}, started at ${tickOf(only.child.startTime)}`]],
    [[fitted(`child of ${only.parent.pid} ${only.parentCommand}`, context), 'dim']]
  ]
}
