/** Keys by the names of input/decode.ts, as a person reads them. */
const SPOKEN: Readonly<Record<string, string>> = {
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  insert: 'Ins',
  delete: 'Del',
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
  tab: 'Tab',
  backspace: 'Backspace'
}

/** A key as a person reads it: `Enter`, `^N`, `F9`, `k`. */
export function spokenKey(key: string): string {
  const [, modifiers = '', name = key] = /^((?:ctrl-|alt-|shift-)*)(.+)$/su.exec(key) ?? []
  const spoken = SPOKEN[name] ?? (/^f\d+$/.test(name) ? name.toUpperCase() : name)
  if (modifiers === 'ctrl-' && spoken === name) return `^${name.toUpperCase()}`
  return modifiers.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()) + spoken
}

/** Other spellings, in lower case. */
const OTHERWISE: ReadonlyMap<string, string> = new Map(
  Object.entries({ pgup: 'pageup', pgdn: 'pagedown', pgdown: 'pagedown', esc: 'escape', return: 'enter', ins: 'insert', del: 'delete' })
)

const NAMED: ReadonlySet<string> = new Set([...Object.keys(SPOKEN), ...Array.from({ length: 12 }, (_, index) => `f${index + 1}`)])

/**
 * The key that a person means: one character (`K`), a name in any case (`PgUp`, `F5`, `space`), either with modifiers
 * (`ctrl-x`, `^X`, `shift-f5`, `alt-j`), where a terminal tells them apart. undefined: no key.
 */
export function readKey(text: string): string | undefined {
  if ([...text].length === 1) return text === ' ' ? 'space' : /^\p{C}$/u.test(text) ? undefined : text
  const caret = /^\^([a-z\]\\^_])$/i.exec(text)?.[1]
  if (caret !== undefined) return controlKey(caret.toLowerCase())
  const match = /^((?:(?:ctrl|alt|shift)-)*)(.+)$/isu.exec(text)
  const modifiers = new Set(match?.[1]?.toLowerCase().split('-').filter(Boolean))
  const rest = match?.[2] ?? ''
  const lower = rest.toLowerCase()
  const name = OTHERWISE.get(lower) ?? lower
  if (NAMED.has(name))
    return (
      ['ctrl', 'alt', 'shift']
        .filter((modifier) => modifiers.has(modifier))
        .map((modifier) => `${modifier}-`)
        .join('') + name
    )
  if ([...rest].length !== 1 || modifiers.has('shift')) return undefined
  if (modifiers.has('ctrl')) return modifiers.has('alt') ? undefined : controlKey(lower)
  return modifiers.has('alt') ? `alt-${rest}` : undefined
}

/** Those that a terminal sends as other keys (Ctrl-I is Tab, Ctrl-M Enter, Ctrl-H Backspace, Ctrl-[ Esc) are those. */
const SAME: Readonly<Record<string, string>> = { i: 'tab', m: 'enter', j: 'enter', h: 'backspace', '[': 'escape' }

const controlKey = (letter: string): string | undefined => SAME[letter] ?? (/^[a-z\]\\^_]$/.test(letter) ? `ctrl-${letter}` : undefined)
