import type { EventSubject, NodeDescription } from '../events.ts'
import { redactArguments } from '../output/redact.ts'
import type { TreeSample } from '../process/sample.ts'
import type { LimitField, NodeSettings } from '../settings.ts'
import { budgetOf } from '../watcher/budget.ts'
import { createMachine, type MachineContext, type NodeEffect, type NodeEvent, type NodeMachine } from '../watcher/machine.ts'
import { transition } from '../watcher/transition.ts'
import { adoptIncarnation } from './adopted-life.ts'
import type { Run } from './context.ts'
import { createIncarnation, type Incarnation } from './incarnation.ts'
import type { LeftNode } from './left-record.ts'
import { editsBeyond, NO_EDITS, type NodeEdits, withEdits } from './limit-edits.ts'
import { type StopRun, startStop } from './stop-run.ts'
import { createWatch, type Watch } from './watch.ts'
import { isObserved } from './would-stop.ts'

/** One node of the run: its machine, and the interpreter of what the machine decides. */
export interface NodeRunner {
  readonly name: string
  settings(): NodeSettings
  machine(): NodeMachine
  incarnation(): Incarnation | undefined
  /** Ready in the sense of `after`: its program runs and its readiness check, if any, has passed. */
  isReady(): boolean
  feed(event: NodeEvent): void
  /** Instead of a first start: goes on with what an earlier supervisor left. */
  adopt(left: LeftNode): void
  /** The budget as it stands now, told when a use has fallen out of the window. */
  tellBudget(): void
  /** One check of the watchdog. */
  check(sample: TreeSample): Promise<void>
  setLimit(field: LimitField, value: number): void
  setObserve(observe: boolean): void
  /** What was edited by hand. */
  edits(): NodeEdits
  /** As it is configured from now on; what was edited by hand stays. What is fixed at a spawn counts from the next one. */
  reconfigure(configured: NodeSettings): void
}

export function createNodeRunner(initial: NodeSettings, run: Run): NodeRunner {
  const { ports } = run
  const { clock } = ports
  let configured = initial
  let edits = NO_EDITS
  let settings = initial
  let scopeOfLife = initial.scope
  let machine = createMachine(initial)
  let current: Incarnation | undefined
  /** To be taken over instead of the next spawn. */
  let left: LeftNode | undefined
  let stop: StopRun | undefined
  let cancelBackOff = (): void => undefined
  const watch: Watch = createWatch(run)
  const queue: NodeEvent[] = []
  let draining = false
  let toldUses = 0

  const subject = (): EventSubject => {
    const child = machine.state.phase === 'starting' ? undefined : current?.started()
    return child === undefined ? { node: initial.name } : { node: initial.name, pid: child.pid, execId: child.execId }
  }

  /** From the incarnation: what it found wrong with itself counts only where the node is not merely observed. */
  const hear = (event: NodeEvent): void => {
    if (
      event.type === 'broken' &&
      current !== undefined &&
      !watch.mayStop(event.reason, { settings: ofLife(), incarnation: current, subject })
    )
      return
    feed(event)
  }

  const feed = (event: NodeEvent): void => {
    queue.push(event)
    if (draining) return
    draining = true
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) step(next)
    } finally {
      draining = false
    }
    run.nodeChanged()
  }

  const context = (): MachineContext => ({
    now: clock.now(),
    wall: clock.wall(),
    // what runs already waits for nobody
    settings: left === undefined ? settings : { ...settings, after: [] },
    compat: run.settings.compat,
    random: ports.random()
  })

  const step = (event: NodeEvent): void => {
    const [after, effects] = transition(machine, event, context())
    machine = after
    toldUses = after.uses.length
    for (const effect of effects) perform(effect)
  }

  const perform = (effect: NodeEffect): void => {
    switch (effect.type) {
      case 'await-dependencies':
        if (run.areReady(settings.after)) queue.push({ type: 'dependencies-ready' })
        return
      case 'spawn':
        launch(effect.incarnation)
        return
      case 'abort-start':
        current?.abort()
        return
      case 'drain':
      case 'stop-tree':
        beginStop(effect)
        return
      case 'insist':
        stop?.insist(effect.reason)
        return
      case 'escalate':
        stop?.escalate()
        return
      case 'arm-backoff':
        cancelBackOff()
        cancelBackOff = clock.after(effect.delayMs, () => feed({ type: 'backoff-elapsed' }))
        return
      case 'disarm-backoff':
        cancelBackOff()
        return
      case 'emit':
        ports.emit(effect.body, subject())
        return
      case 'follow-receipt':
        stop?.follow(effect.next)
        return
      case 'end-run':
        run.end({ code: effect.code, reason: effect.reason, node: initial.name })
        return
    }
  }

  const launch = (incarnation: number): void => {
    stop = undefined
    scopeOfLife = settings.scope
    const request = { settings, run, feed: hear, subject }
    current = left === undefined ? createIncarnation({ number: incarnation, ...request }) : adoptIncarnation({ left, ...request })
    left = undefined
  }

  const beginStop = (effect: Extract<NodeEffect, { type: 'drain' | 'stop-tree' }>): void => {
    if (current === undefined) return
    stop = startStop({ effect, settings: ofLife(), run, incarnation: current, window: watch.ledger(), feed, subject })
  }

  const edit = (next: NodeEdits): void => {
    edits = next
    settings = withEdits(configured, edits)
    if (!isObserved(settings, run)) stop?.insist({ kind: 'leftovers', detail: 'it is not only observed any more' })
  }

  /** In force for the present life: what is measured and stopped is what was spawned. */
  const ofLife = (): NodeSettings => (settings.scope === scopeOfLife ? settings : { ...settings, scope: scopeOfLife })

  return {
    name: initial.name,
    settings: () => settings,
    machine: () => machine,
    incarnation: () => current,
    isReady: () => machine.state.phase === 'running' && current?.isReady() === true,
    feed,
    adopt(found) {
      left = found
      machine = { ...machine, incarnation: found.incarnation - 1 }
      feed({ type: 'start', by: 'start-up' })
    },
    tellBudget() {
      const budget = budgetOf(machine, context())
      if (budget.uses === toldUses) return
      toldUses = budget.uses
      ports.emit({ type: 'budget-changed', budget }, { node: initial.name })
    },
    async check(sample) {
      const incarnation = current
      if (incarnation === undefined || machine.state.phase !== 'running') return
      const broken = await watch.check({ sample, settings: ofLife(), incarnation, subject })
      if (broken !== undefined && current === incarnation) feed({ type: 'broken', reason: broken, at: clock.now() })
    },
    setLimit(field, value) {
      const source = { kind: 'hot-edit', at: new Date(clock.wall()).toISOString() } as const
      edit({ ...edits, limits: new Map([...edits.limits, [field, { value, source }]]) })
    },
    setObserve: (observe) => edit({ ...edits, observe }),
    edits: () => edits,
    reconfigure(next) {
      configured = next
      edit(editsBeyond(next, edits))
      current?.reconfigure(settings)
    }
  }
}

/** What the screen shows of a node before anything has happened to it. */
export function describeNode(settings: NodeSettings, redact: (text: string) => string): NodeDescription {
  return {
    name: settings.name,
    kind: settings.kind,
    argv: redactArguments(settings.argv, redact),
    cwd: settings.cwd,
    user: settings.credentials.user,
    scope: settings.scope,
    watched: settings.watched,
    observe: settings.observe,
    limits: settings.limits,
    respawn: settings.respawn,
    delayMs: settings.delayMs,
    after: settings.after,
    enabled: settings.enabled
  }
}
