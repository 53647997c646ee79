/** Names of keys by what terminals send after ESC [ or ESC O: a final letter, or a number before `~`. */
const LETTERS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  M: 'enter',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'shift-tab'
}

const NUMBERS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12'
}

/** xterm's modifier parameter: 1 + shift 1 + alt 2 + ctrl 4. */
function modifiers(parameter: string | undefined): string {
  const bits = Number(parameter ?? '1') - 1
  if (!Number.isInteger(bits) || bits < 0) return ''
  return `${bits & 4 ? 'ctrl-' : ''}${bits & 2 ? 'alt-' : ''}${bits & 1 ? 'shift-' : ''}`
}

/** The key of a complete CSI or SS3 sequence without its introducer (`A`, `1;5A`, `15~`, `[A` of the Linux console); undefined: none we know. */
export function keyOfSequence(body: string): string | undefined {
  const console = /^\[([A-E])$/.exec(body)
  if (console?.[1] !== undefined) return `f${console[1].charCodeAt(0) - 0x40}`
  const match = /^(\d*)(?:;(\d+))?([A-Za-z~])$/.exec(body)
  if (match === null) return undefined
  const [, number = '', modifier, final = ''] = match
  const name = final === '~' ? NUMBERS[number] : number === '' || number === '1' ? LETTERS[final] : undefined
  return name === undefined ? undefined : modifiers(modifier) + name
}

/** The key of one character that is not part of a sequence. */
export function keyOfCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code === 0x0d || code === 0x0a) return 'enter'
  if (code === 0x09) return 'tab'
  if (code === 0x7f || code === 0x08) return 'backspace'
  if (code === 0x1b) return 'escape'
  if (code === 0x20) return 'space'
  if (code === 0) return 'ctrl-space'
  if (code < 0x1b) return `ctrl-${String.fromCharCode(code + 0x60)}`
  return code < 0x20 ? `ctrl-${String.fromCharCode(code + 0x40)}` : character
}
