import { safe } from '../format/safe.ts'
import { createLook, type Line, type Look } from '../theme.ts'

const ascii = createLook({ color: false, ascii: true })
const WITHOUT_SIGN = Object.fromEntries(Object.keys(ascii.glyphs.signs).map((sign) => [sign, ''])) as Look['glyphs']['signs']

/** For panes and dialogs that are read aloud: no drawings, no signs (words say the same), the chosen entry in words. */
export const SPOKEN_LOOK: Look = {
  ...ascii,
  glyphs: {
    ...ascii.glyphs,
    marker: 'chosen:',
    cursor: '',
    ellipsis: '...',
    steps: ' ',
    barStart: '',
    barEnd: '',
    barFull: '',
    barEmpty: '',
    rule: ' ',
    side: '',
    signs: WITHOUT_SIGN
  }
}

/** Lines as they are read: columns become a list, empty lines are left out. */
export const spokenLines = (lines: readonly Line[]): readonly string[] =>
  lines
    .map((line) =>
      line
        .map(([text]) => safe(text, true))
        .join('')
        .trim()
        .replace(/\s{2,}/g, ', ')
    )
    .filter((text) => /[\p{L}\p{N}]/u.test(text))
