import type { SecuritySystem } from './security-system.ts'

/** `user:role:type:level`; the level has colons itself. */
const PARTS = 4

/** SE Linux. A rule names a type, or `user:role:type:level` in which an empty part stands for any. */
export const selinux: SecuritySystem = {
  name: 'selinux',
  title: 'SE Linux',
  files: ['current'],
  isPresent: (read) => read('fs/selinux/enforce') !== undefined,
  labelIn(text) {
    const label = text.replace(/[\0\n]+$/, '')
    return partsOf(label).length >= 3 && !label.includes('\n') && !/\([a-z]+\)$/.test(label) ? label : undefined
  },
  matches(label, wanted) {
    const parts = partsOf(label)
    if (!wanted.includes(':')) return parts[2] === wanted
    return partsOf(wanted).every((part, index) => part === '' || part === parts[index])
  }
}

function partsOf(label: string): readonly string[] {
  const parts = label.split(':')
  return parts.length <= PARTS ? parts : [...parts.slice(0, PARTS - 1), parts.slice(PARTS - 1).join(':')]
}
