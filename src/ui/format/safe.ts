/** How many characters of a text are looked at; nothing on the screen is longer. */
const LONGEST = 4096

const PLAIN = /^[\x20-\x7e]*$/
const VARIATION_OR_SKIN = /[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|[\u{1f3fb}-\u{1f3ff}]/gu
const REGIONAL_INDICATOR = /[\u{1f1e6}-\u{1f1ff}]/gu
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const PILED_UP_MARKS = /(\p{M}{2})\p{M}+/gu
const LEADING_MARK = /^\p{M}/u
const NOT_ASCII = /[^\x20-\x7e]/gu

/**
 * The same text as a terminal may get it: one line, no control characters (shown as `␛`, in ASCII as `^[`),
 * nothing that reorders or hides text (shown as its number), no character whose width terminals disagree about.
 */
export const safe = (text: string, ascii: boolean): string => safeWhole(text.length > LONGEST ? text.slice(0, LONGEST) : text, ascii)

/** The same for a text of any length, of which only a part is to be shown. */
export function safeWhole(text: string, ascii: boolean): string {
  if (PLAIN.test(text)) return text
  const visible = text
    .replace(VARIATION_OR_SKIN, '')
    .replace(REGIONAL_INDICATOR, (flag) => String.fromCharCode((flag.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41))
    .replace(INVISIBLE, (character) => picture(character.codePointAt(0) ?? 0, ascii))
    .replace(PILED_UP_MARKS, '$1')
    .replace(LEADING_MARK, '?')
  return ascii ? visible.replace(NOT_ASCII, '?') : visible
}

function picture(code: number, ascii: boolean): string {
  if (code === 9) return ' '
  if (code < 0x20) return ascii ? `^${String.fromCharCode(code + 0x40)}` : String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return ascii ? '^?' : '\u2421'
  return code < 0x100 ? `\\x${code.toString(16)}` : `\\u${code.toString(16)}`
}
