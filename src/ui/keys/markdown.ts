import { type Group, KEYMAP } from '../keymap.ts'
import { spokenKey } from './names.ts'

const GROUPS: readonly Group[] = ['MOVE', 'FIND', 'ACT', 'SEE', 'LEAVE']

/** The table of keys in Markdown, for the README: what the keys are, the name that the configuration knows, what it does. */
export function keysAsMarkdown(): string {
  const rows = GROUPS.flatMap((group) => KEYMAP.filter((binding) => binding.group === group)).map(({ action, keys, long }) => {
    const shown = keys.length === 0 ? `\`:${action}\`` : keys.map((key) => code(spokenKey(key))).join(' ')
    return `| ${shown} | ${action} | ${escaped(long)} |`
  })
  return ['| keys | action | |', '|---|---|---|', ...rows].join('\n')
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|')
const code = (text: string): string => (text === '|' ? '`\\|`' : `\`${text}\``)
