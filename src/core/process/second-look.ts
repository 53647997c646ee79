import { settleSpare } from './cpu-accounting.ts'
import type { Deaths } from './deaths.ts'
import type { Forest, Tree } from './forest.ts'
import type { Member } from './member.ts'
import type { Sampler } from './sampler.ts'

/**
 * A child that ended between the look at it and the look at its parent is counted in both. Where a parent's waited-for time grew
 * without explanation, its children are looked at again before the figure of the tree is shown, so that it need never go back.
 */
export function lookAgain(tree: Tree, parts: { readonly forest: Forest; readonly sampler: Sampler; readonly deaths: Deaths }): void {
  const { forest, sampler, deaths } = parts
  const grown = new Set<Member>()
  for (const member of tree.members) if (member.cpu.spare > 0) grown.add(member)
  if (grown.size === 0) return
  // the youngest first: they are children of the others
  for (const member of [...tree.members].reverse()) {
    const parent = forest.members.get(member.sample.ppid)
    if (parent !== undefined && grown.has(parent) && member.phase !== 'gone') deaths.settle(member, sampler.quick(member, false))
  }
  for (const parent of grown) settleSpare(tree.cpu, parent.cpu)
}
