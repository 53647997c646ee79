import type { Emit, OrphanOutcome } from '../events.ts'
import type { Cancel } from '../ports.ts'
import { type Identity, identityKey, sameProcess } from '../process/identity.ts'
import type { Receipt } from '../receipt.ts'
import { type Acted, type ActPorts, endOrphan, type OrphanPolicy } from './act.ts'
import type { Book } from './book.ts'
import type { Deaths } from './deaths.ts'
import type { Registry } from './registry.ts'

/** Ends the children of dead parents. */
export interface Acting {
  /** Begins with every child of this parent that is not being ended yet. */
  parentEnded(parent: Identity): void
  childEnded(child: Identity): void
  /** When no ladder runs (any more). */
  idle(): Promise<void>
}

export interface ActingOptions {
  readonly registry: Registry
  readonly book: Book
  readonly deaths: () => Deaths
  readonly policy: OrphanPolicy
  readonly ports: ActPorts
  readonly emit: Emit
  /** The child ended by itself. */
  readonly onReleased: (pair: { readonly parent: Identity; readonly child: Identity }) => void
}

export function createActing({ registry, book, deaths, policy, ports, emit, onReleased }: ActingOptions): Acting {
  const running = new Set<Promise<void>>()
  const listeners = new Map<string, Set<() => void>>()
  let receipts = 0

  const onDeath = (child: Identity, listener: () => void): Cancel => {
    const key = identityKey(child)
    const own = listeners.get(key) ?? new Set()
    listeners.set(key, own.add(listener))
    return () => {
      own.delete(listener)
      if (own.size === 0) listeners.delete(key)
    }
  }

  const tell = (child: Identity, receipt: Receipt, outcome: OrphanOutcome, refused: readonly number[]): void =>
    emit({ type: 'orphan-acted', receipt, outcome, refused }, { pid: child.pid, execId: receipt.leader.execId })

  const finish = (child: Identity, { receipt, refused }: Acted): void => {
    const lives = policy.mode === 'observe' || refused.some((left) => sameProcess(left, child))
    book.strike(lives ? registry.actingEnded(child) : registry.childEnded(child))
    book.confirm()
    const pids = refused.map(({ pid }) => pid)
    tell(child, receipt, policy.mode === 'observe' ? 'observed' : refused.length > 0 ? 'refused' : 'ended', pids)
  }

  const act = async (child: Identity, parent: Identity): Promise<void> => {
    const uids = [...new Set(registry.actingFor(child).map(({ uid }) => uid))]
    const sample = ports.inspect(child.pid)
    // held first: what still has its number after that had it when it was held
    const release = ports.signaller.hold(child)
    if (sample === undefined || !sameProcess(sample, child) || !deaths().holds(child)) {
      release()
      book.strike(registry.childEnded(child))
      return
    }
    const id = ++receipts
    emit({ type: 'orphan-acting', receipt: id, parent, child }, { pid: child.pid, execId: sample.execId })
    const acted = await endOrphan(
      {
        id,
        child: sample,
        parent,
        uids: () => (registry.isActing(child) ? registry.actingFor(child).map(({ uid }) => uid) : uids),
        policy,
        holds: () => deaths().holds(child),
        onDeath: (listener) => onDeath(child, listener),
        onStuck: (receipt) => tell(child, receipt, 'stuck', [])
      },
      ports
    )
    release()
    finish(child, acted)
  }

  return {
    parentEnded(parent) {
      for (const child of registry.parentEnded(parent)) {
        const run: Promise<void> = act(child, parent).finally(() => running.delete(run))
        running.add(run)
      }
    },
    childEnded(child) {
      if (registry.isActing(child)) {
        for (const listener of [...(listeners.get(identityKey(child)) ?? [])]) listener()
        return
      }
      const pairs = registry.childEnded(child)
      book.strike(pairs)
      for (const pair of pairs) onReleased(pair)
    },
    async idle() {
      while (running.size > 0) await Promise.all(running)
    }
  }
}
