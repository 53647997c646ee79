import { basename } from 'node:path'
import type { ProcessView } from './process-view.ts'
import { claimedName, plainPath, scriptOf } from './program.ts'
import type { Test } from './rule.ts'

/** Whether a process has, or claims, the name of the program that a test is about: same name, another path. */
export function resembles({ condition, negated }: Test, view: ProcessView): boolean {
  if (negated || (condition.field !== 'name' && condition.field !== 'exe' && condition.field !== 'script')) return false
  const wanted = basename(condition.value).toLowerCase()
  return namesOf(view).some((name) => name?.toLowerCase() === wanted)
}

function namesOf(view: ProcessView): readonly (string | undefined)[] {
  const exe = view.exe()
  return [
    view.comm,
    exe.kind === 'known' ? basename(plainPath(exe.value)) : undefined,
    scriptOf(view)?.split('/').at(-1),
    claimedName(view)
  ]
}
