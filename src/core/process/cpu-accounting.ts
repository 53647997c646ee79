/**
 * CPU of a tree without a cgroup; watchdog: CPU of a tree.
 *
 * Each living member is counted by the growth of its own time and of the time of the children that it waited for. When a member
 * ends and its parent waits for it, the parent's waited-for time grows by all that the child (and what the child had waited for)
 * ever used: the part that was counted while the child lived is a credit, taken off that growth.
 * Pure: numbers in, numbers out; all in ms.
 */
export interface TreeCpu {
  /** What the members used since tracking began, as far as is known now; may be corrected downwards. */
  counted: number
  /** The figure to show: never decreases. */
  reported: number
}

/** One member's part in it. */
export interface MemberCpu {
  /** Own user and system time at the last look. */
  own: number
  /** Time of waited-for children at the last look. */
  waited: number
  /** Counted for children that ended, not yet seen in `waited`. */
  credit: number
  /** Growth of `waited` that no credit has explained yet: perhaps a child that ended between the looks at it and at its parent. */
  spare: number
}

export const emptyTreeCpu = (): TreeCpu => ({ counted: 0, reported: 0 })

/** A member whose use up to now does not count (it was there when tracking began), or one that counts from its birth: 0, 0. */
export const memberCpu = (own: number, waited: number): MemberCpu => ({ own, waited, credit: 0, spare: 0 })

/** The member's own time is `own` now. */
export function countOwn(tree: TreeCpu, member: MemberCpu, own: number): void {
  if (own <= member.own) return
  tree.counted += own - member.own
  member.own = own
}

/**
 * The member's waited-for time is `waited` now. `resolution`: what the kernel rounds it down by; a credit below that is kept for
 * the next look, a larger one that nothing explains is dropped (a parent that ignores SIGCHLD is never given its children's time).
 */
export function countWaited(tree: TreeCpu, member: MemberCpu, waited: number, resolution: number): void {
  const growth = Math.max(0, waited - member.waited)
  member.waited = Math.max(member.waited, waited)
  const fromGrowth = Math.min(member.credit, growth)
  const fromSpare = Math.min(member.credit - fromGrowth, member.spare)
  tree.counted += growth - fromGrowth - fromSpare
  member.credit = Math.min(member.credit - fromGrowth - fromSpare, resolution)
  member.spare += growth - fromGrowth - fromSpare
}

/** The member ended and was waited for by `parent`, a living member; undefined: by nobody whose times are seen. */
export function endWaitedFor(tree: TreeCpu, parent: MemberCpu | undefined, member: MemberCpu): void {
  explainSpare(tree, member)
  if (parent !== undefined) parent.credit += everything(member)
}

/** The member ended and was waited for by the supervisor: `total` is its own and its waited-for time, of wait4(2). */
export function endReaped(tree: TreeCpu, member: MemberCpu, total: number): void {
  explainSpare(tree, member)
  tree.counted += Math.max(0, total - everything(member))
}

/** Its children were looked at since its last look: those that ended before it have left their credit, and later ones cannot be in it. */
export function settleSpare(tree: TreeCpu, member: MemberCpu): void {
  explainSpare(tree, member)
  member.spare = 0
}

/** A child was missed after the last look at its parent: that look had counted it a second time. */
function explainSpare(tree: TreeCpu, member: MemberCpu): void {
  const twice = Math.min(member.credit, member.spare)
  tree.counted -= twice
  member.credit -= twice
}

/** Closes one round of looks. */
export function report(tree: TreeCpu): number {
  tree.reported = Math.max(tree.reported, tree.counted)
  return tree.reported
}

/** Growth from another source (the cgroup) in place of what was counted. */
export function reportGrowth(tree: TreeCpu, growth: number): number {
  tree.reported += Math.max(0, growth)
  tree.counted = tree.reported
  return tree.reported
}

const everything = (member: MemberCpu): number => member.own + member.waited + member.credit
