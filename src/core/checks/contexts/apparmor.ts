import type { SecuritySystem } from './security-system.ts'

/** AppArmor. A rule names a profile, with or without its mode; one of stacked profiles is enough. */
export const apparmor: SecuritySystem = {
  name: 'apparmor',
  title: 'AppArmor',
  files: ['apparmor/current', 'current'],
  isPresent: (read) => read('module/apparmor/parameters/enabled')?.startsWith('Y') === true,
  labelIn(text) {
    const label = text.replace(/[\0\n]+$/, '')
    return label === 'unconfined' || /^.+ \([a-z]+\)$/.test(label) ? label : undefined
  },
  matches(label, wanted) {
    if (label === wanted) return true
    const [stack = '', mode = ''] = /^(.*?)(?: (\([a-z]+\)))?$/s.exec(label)?.slice(1) ?? []
    return stack.split('//&').some((profile) => profile === wanted || (mode !== '' && `${profile} ${mode}` === wanted))
  }
}
