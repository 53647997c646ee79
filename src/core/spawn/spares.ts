import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Result } from '../errors.ts'
import { errnoOf } from '../errors.ts'
import type { Cancel, Clock, Guardian } from '../ports.ts'
import type { NodeSettings } from '../settings.ts'
import { unsafeProgram } from './unsafe.ts'
import type { Waiting } from './waiting.ts'

/**
 * For each node that runs, one more process at the gate, for its next incarnation: forked, in a cgroup of its own (joining one costs
 * some 10 ms), known to the guardian. A respawn then only lets it pass. It is no member of any tree, and leaves by itself when we die.
 */
export interface Spares {
  /** One that waits for exactly these settings. */
  take(settings: NodeSettings): Waiting | undefined
  /** Makes one, a moment later, unless there is one already. */
  prepare(settings: NodeSettings): void
  /** The node comes to rest. */
  drop(node: string): void
  /** No more of them. */
  close(): void
}

export interface SparesOptions {
  readonly clock: Clock
  readonly wait: (settings: NodeSettings, cookie: string) => Promise<Result<Waiting>>
  readonly guardian: Pick<Guardian, 'know' | 'forget'>
  /** It was not needed: its cgroup goes when it is gone. */
  readonly letGo: (waiting: Waiting) => void
}

type Spare =
  | { readonly kind: 'soon'; readonly cancel: Cancel }
  | { readonly kind: 'being-made' }
  | { readonly kind: 'ready'; readonly waiting: Waiting; readonly folder: string }

interface Entry {
  readonly key: string
  spare: Spare
}

/** The node that has just started comes first. */
const LATER_MS = 15

export function createSpares({ clock, wait, guardian, letGo }: SparesOptions): Spares {
  const entries = new Map<string, Entry>()
  let closed = false

  const discard = (waiting: Waiting): void => {
    waiting.gate.close()
    void waiting.output.stdout.text()
    void waiting.output.stderr.text()
    guardian.forget(spareName(waiting.tree.node))
    void waiting.exited.then(() => letGo(waiting))
  }

  const remove = (node: string): void => {
    const entry = entries.get(node)
    entries.delete(node)
    if (entry?.spare.kind === 'soon') entry.spare.cancel()
    if (entry?.spare.kind === 'ready') discard(entry.spare.waiting)
  }

  const make = async (settings: NodeSettings, entry: Entry): Promise<void> => {
    entry.spare = { kind: 'being-made' }
    const folder = folderId(settings.cwd)
    const made = await wait(settings, randomBytes(16).toString('hex'))
    if (made.ok) await guardian.know({ ...made.value.tree, node: spareName(settings.name) })
    const isWanted = entries.get(settings.name) === entry
    if (made.ok && isWanted) entry.spare = { kind: 'ready', waiting: made.value, folder }
    else if (made.ok) discard(made.value)
    else if (isWanted) entries.delete(settings.name)
    if (!made.ok || !isWanted) return
    void made.value.exited.then(() => {
      if (entries.get(settings.name) === entry) remove(settings.name)
    })
  }

  return {
    take(settings) {
      const entry = entries.get(settings.name)
      if (entry?.spare.kind !== 'ready') return undefined
      const { waiting, folder } = entry.spare
      // what was looked at when it was made may be otherwise by now
      if (entry.key !== keyOf(settings) || folder !== folderId(settings.cwd) || unsafeProgram(settings) !== undefined) {
        remove(settings.name)
        return undefined
      }
      entries.delete(settings.name)
      return waiting
    },
    prepare(settings) {
      if (closed || !isUseful(settings)) return
      const key = keyOf(settings)
      if (entries.get(settings.name)?.key === key) return
      remove(settings.name)
      const entry: Entry = { key, spare: { kind: 'soon', cancel: clock.after(LATER_MS, () => void make(settings, entry)) } }
      entries.set(settings.name, entry)
    },
    drop: remove,
    close() {
      closed = true
      for (const node of [...entries.keys()]) remove(node)
    }
  }
}

/** No name of a node holds a colon. */
const spareName = (node: string): string => `${node}:spare`

/** The file that a node writes to when it is to outlive us may be another one by then. */
const isUseful = (settings: NodeSettings): boolean => settings.restart !== 'never' && settings.onSupervisorDeath === 'stop'

/** Everything that the gate has already done. */
const keyOf = ({ argv, cwd, env, credentials, umask, rlimits, containment, onSupervisorDeath, log }: NodeSettings): string =>
  JSON.stringify([argv, cwd, env, credentials, umask, rlimits, containment, onSupervisorDeath, log], (_key, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? 'unlimited' : value
  )

/** A link such as `current` may lead elsewhere by now. */
function folderId(cwd: string): string {
  try {
    const { dev, ino } = statSync(cwd)
    return `${dev}:${ino}`
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return ''
  }
}
