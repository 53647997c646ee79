/**
 * What a terminal may act on or what may deceive its reader: C0, DEL, C1, line and paragraph separators,
 * bidirectional controls, the byte order mark and lone surrogates.
 */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu

const hex = (character: string): string => {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The same text on one line, with everything that a terminal would act on written as \xNN or \uNNNN; a tab becomes a blank. */
export const escapeControls = (text: string): string =>
  text.replace(UNSAFE, (character) => (character === '\t' ? ' ' : character === '\n' ? '\\n' : hex(character)))

/** JSON on one line that is safe to show: the same value when parsed, with only \uNNNN for what a terminal would act on. */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
