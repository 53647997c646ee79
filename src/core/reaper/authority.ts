import type { ProcessFacts, SelfFacts } from './facts.ts'

/** Who connected, and whether the numbers that it sends mean what they mean here; reaper: authority. */
export interface Asker {
  readonly uid: number
  /** 0: not seen from our pid namespace. */
  readonly pid: number
  /** Clock ticks since boot; undefined: it was gone before it could be looked at. */
  readonly startTime: number | undefined
  readonly standing: 'here' | 'exited' | 'overflow-uid' | 'other-namespace'
  /** What to call it; undefined: by its command line. */
  readonly name: string | undefined
}

/** Somebody who gave a command; whoever took it knows the uid for certain. */
export const commander = (uid: number, name: string, self: Pick<SelfFacts, 'overflowUid'>): Asker => ({
  uid,
  pid: 0,
  startTime: undefined,
  standing: uid === self.overflowUid ? 'overflow-uid' : 'here',
  name
})

/** Why nothing is done. */
export type Refusal =
  | 'not-a-process'
  | 'same-process'
  | 'gone'
  | 'unreadable'
  | 'thread'
  | 'parent-thread'
  | 'another-process'
  | 'supervisor'
  | 'guardian'
  | 'ancestor'
  | 'init'
  | 'kernel-thread'
  | 'other-user'
  | 'not-ours-to-signal'
  | 'overflow-uid'
  | 'other-namespace'
  | 'asker-exited'
  | 'full'
  | 'user-full'
  | 'not-registered'
  | 'other-registrant'
  | 'acting'
  | 'unknown-action'

export const REFUSALS: Readonly<Record<Refusal, string>> = {
  'not-a-process': 'a number that no process can have',
  'same-process': 'parent and child are the same process',
  gone: 'the child is gone',
  unreadable: 'the child cannot be looked at',
  thread: 'the child is a thread',
  'parent-thread': 'the parent is a thread',
  'another-process': 'the number belongs to another process than the one that was meant',
  supervisor: 'the child is the supervisor',
  guardian: "the child is the supervisor's guardian",
  ancestor: 'the child is an ancestor of the supervisor',
  init: 'the child is process 1',
  'kernel-thread': 'the child is a kernel thread',
  'other-user': 'a real, effective or saved uid of the child is not the one of who asks',
  'not-ours-to-signal': 'the supervisor may not signal the child',
  'overflow-uid': 'who asks has a uid that is not mapped here',
  'other-namespace': 'who asks lives in another pid or user namespace, where the numbers mean other processes',
  'asker-exited': 'who asked is gone, and the child is neither a child of the named parent nor of the supervisor',
  full: 'there are as many registrations as there can be',
  'user-full': 'this uid has as many registrations as it may have',
  'not-registered': 'there is no such registration',
  'other-registrant': 'it was registered by another uid',
  acting: 'the child is being ended already',
  'unknown-action': 'an unknown action'
}

/** The largest number that Linux gives to a process (PID_MAX_LIMIT). */
const LARGEST_PID = 4_194_304

/** Before anything is looked up. */
export function refusalOfNumbers(parent: number, child: number): Refusal | undefined {
  if (!isNumber(child) || !isNumber(parent)) return 'not-a-process'
  if (child === 1) return 'init'
  return parent === child ? 'same-process' : undefined
}

const isNumber = (pid: number): boolean => Number.isInteger(pid) && pid > 0 && pid <= LARGEST_PID

/** Nobody may have these ended, root neither. */
export function refusalOfTarget(child: ProcessFacts, self: SelfFacts): Refusal | undefined {
  if (child.pid <= 1) return 'init'
  if (child.kind !== 'process') return child.kind
  if (child.ended) return 'gone'
  if (child.pid === self.pid) return 'supervisor'
  if (self.isAncestor(child)) return 'ancestor'
  return self.isGuardian(child) ? 'guardian' : undefined
}

/** Root: whatever the supervisor may signal. Others: what is theirs alone; a real uid that differs is a setuid program's. */
export function refusalOfUser(uid: number, child: ProcessFacts, self: SelfFacts): Refusal | undefined {
  if (uid === self.overflowUid) return 'overflow-uid'
  if (uid === 0 && self.uids[0] === 0) return undefined
  // not known is never the same as allowed
  if (child.uids === undefined) return 'other-user'
  if (uid !== 0 && !child.uids.every((own) => own === uid)) return 'other-user'
  return maySignal(child.uids, self) ? undefined : 'not-ours-to-signal'
}

/** Whether the uids of a child make a difference to what this uid may have done. */
export const needsUids = (uid: number, self: SelfFacts): boolean => uid !== 0 || self.uids[0] !== 0

/** kill(2): root, or a real or effective uid of ours that is the real or saved one of the target. */
function maySignal([real, , saved]: readonly number[], self: SelfFacts): boolean {
  return self.uids[0] === 0 || self.uids.some((own) => own === real || own === saved)
}

/** Whether this asker may say anything at all about this child. */
export function refusalOfAsker(asker: Asker, parent: number, child: ProcessFacts, self: SelfFacts): Refusal | undefined {
  if (asker.standing === 'here') return undefined
  if (asker.standing !== 'exited') return asker.standing
  return child.ppid === parent || child.ppid === self.pid ? undefined : 'asker-exited'
}

/** The registrant's uid, or root. */
export const mayUnregister = (uid: number, registrant: number): boolean => uid === 0 || uid === registrant
