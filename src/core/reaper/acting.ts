import type { Emit, OrphanOutcome } from '../events.ts'
import { type Identity, identityKey, sameProcess } from '../process/identity.ts'
import type { Receipt } from '../receipt.ts'
import type { OrphanTerms } from '../settings.ts'
import { type Acted, type ActPorts, endOrphan, type OrphanPolicy } from './act.ts'
import type { Book } from './book.ts'
import type { Deaths } from './deaths.ts'
import { createListeners } from './listeners.ts'
import type { Registration, Registry } from './registry.ts'

/** Ends the children of dead parents. */
export interface Acting {
  /** Begins with every child of this parent that is not being ended yet. */
  parentEnded(parent: Identity): void
  /** Ends a child that nobody ends yet, for these pairs of it, as if their parents had died. */
  endNow(child: Identity, pairs: readonly Registration[], by: string): void
  childEnded(child: Identity): void
  receiptOf(child: Identity): number | undefined
  /** When every ladder has ended or is stuck; what is stuck is told no more afterwards. */
  settled(): Promise<void>
  /** SIGKILL now, instead of the rest of the grace; of ladders to come, too. */
  hurry(): void
}

export interface ActingOptions {
  readonly registry: Registry
  readonly book: Book
  readonly deaths: () => Deaths
  readonly mode: () => OrphanPolicy['mode']
  readonly ports: ActPorts
  readonly emit: Emit
  readonly nextReceiptId: () => number
}

/** One child that is being ended. */
interface Job {
  readonly child: Identity
  readonly parent: Identity
  readonly detail: string
}

export function createActing({ registry, book, deaths, mode, ports, emit, nextReceiptId }: ActingOptions): Acting {
  const running = new Set<Promise<void>>()
  const receipts = new Map<string, number>()
  const onDeath = createListeners()
  const onHurry = createListeners()
  let phase: 'open' | 'hurried' | 'settled' = 'open'

  const tell = (child: Identity, receipt: Receipt, outcome: OrphanOutcome, refused: readonly number[]): void => {
    if (phase === 'settled') return
    emit({ type: 'orphan-acted', receipt, outcome, refused, held: registry.held }, { pid: child.pid, execId: receipt.leader.execId })
  }

  const finish = (child: Identity, { receipt, refused }: Acted): void => {
    receipts.delete(identityKey(child))
    const isObserved = receipt.mode === 'would-stop'
    const lives = isObserved || refused.some((left) => sameProcess(left, child))
    if (phase === 'settled') return
    book.strike(lives ? registry.actingEnded(child) : registry.childEnded(child), 'acted')
    book.confirm()
    const pids = refused.map(({ pid }) => pid)
    tell(child, receipt, isObserved ? 'observed' : refused.length > 0 ? 'refused' : 'ended', pids)
  }

  const act = async ({ child, parent, detail }: Job, onStuck: () => void): Promise<void> => {
    const pairs = registry.actingFor(child)
    const uids = uidsOf(pairs)
    const sample = ports.inspect(child.pid)
    // held first: what still has its number after that had it when it was held
    const release = ports.signaller.hold(child)
    if (sample === undefined || !sameProcess(sample, child) || !deaths().holds(child)) {
      release()
      book.strike(registry.childEnded(child), 'child-ended')
      return
    }
    const id = nextReceiptId()
    const why = `${detail}, for uid ${uids.join(', ')}`
    const subject = { pid: child.pid, execId: sample.execId }
    receipts.set(identityKey(child), id)
    emit({ type: 'orphan-acting', receipt: id, parent, child, detail: why, held: registry.held }, subject)
    const acted = await endOrphan(
      {
        id,
        child: sample,
        parent,
        detail: why,
        uids: () => (registry.isActing(child) ? uidsOf(registry.actingFor(child)) : uids),
        terms: termsOf(pairs),
        mode: mode(),
        holds: () => deaths().holds(child),
        onDeath: (listener) => onDeath.add(identityKey(child), listener),
        onHurry(listener) {
          if (phase !== 'open') listener()
          return onHurry.add('', listener)
        },
        onOpened: (receipt) => emit({ type: 'receipt-opened', receipt }, subject),
        onStuck(receipt) {
          tell(child, receipt, 'stuck', [])
          onStuck()
        }
      },
      ports
    )
    release()
    finish(child, acted)
  }

  const start = (job: Job): void => {
    const stuck = Promise.withResolvers<void>()
    const run: Promise<void> = Promise.race([act(job, stuck.resolve), stuck.promise]).finally(() => running.delete(run))
    running.add(run)
  }

  return {
    parentEnded(parent) {
      for (const child of registry.parentEnded(parent)) start({ child, parent, detail: `its parent ${parent.pid} is dead` })
    },
    endNow(child, pairs, by) {
      const [first] = pairs
      if (first === undefined) return
      registry.endNow(child, pairs)
      start({ child, parent: first.parent, detail: `asked for by ${by}` })
    },
    childEnded(child) {
      if (registry.isActing(child)) onDeath.call(identityKey(child))
      else book.strike(registry.childEnded(child), 'child-ended')
    },
    receiptOf: (child) => receipts.get(identityKey(child)),
    async settled() {
      while (running.size > 0) await Promise.all(running)
      phase = 'settled'
    },
    hurry() {
      if (phase === 'open') phase = 'hurried'
      onHurry.call('')
    }
  }
}

const uidsOf = (pairs: readonly Registration[]): readonly number[] => [...new Set(pairs.map(({ uid }) => uid))]

/** Those of root, else those of who came first. */
function termsOf(pairs: readonly Registration[]): OrphanTerms {
  const chosen = pairs.find(({ uid }) => uid === 0) ?? pairs[0]
  if (chosen === undefined) throw new Error('a child is ended for no pair')
  return chosen.terms
}
