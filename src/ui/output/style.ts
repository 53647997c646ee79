/** How a cell looks, as one number: attributes, then foreground and background as 0 (the terminal's own) or 1 + the colour of the palette. */
export type Style = number

export const PLAIN: Style = 0

const ATTRIBUTES: readonly (readonly [on: number, off: number, bit: number])[] = [
  [1, 22, 1],
  [2, 22, 2],
  [4, 24, 4],
  [7, 27, 8]
]
const ALL_ATTRIBUTES = 15
const FOREGROUND = 4
const BACKGROUND = 9
const COLOR = 31

const colorOf = (style: Style, shift: number): number => (style >> shift) & COLOR
const withColor = (style: Style, shift: number, color: number): Style => (style & ~(COLOR << shift)) | (color << shift)

/** The style after these SGR parameters; what the interface never uses is left out. */
export function applySgr(style: Style, parameters: string): Style {
  let next = style
  for (const code of parameters === '' ? [0] : parameters.split(';').map(Number)) next = applyCode(next, code)
  return next
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN
  for (const [on, off, bit] of ATTRIBUTES) {
    if (code === on) return style | bit
    if (code === off) return style & ~(off === 22 ? 3 : bit)
  }
  if (code >= 30 && code <= 37) return withColor(style, FOREGROUND, code - 29)
  if (code >= 90 && code <= 97) return withColor(style, FOREGROUND, code - 81)
  if (code === 39) return withColor(style, FOREGROUND, 0)
  if (code >= 40 && code <= 47) return withColor(style, BACKGROUND, code - 39)
  if (code >= 100 && code <= 107) return withColor(style, BACKGROUND, code - 91)
  return code === 49 ? withColor(style, BACKGROUND, 0) : style
}

const parametersOf = (style: Style): number[] => {
  const foreground = colorOf(style, FOREGROUND)
  const background = colorOf(style, BACKGROUND)
  return [
    ...ATTRIBUTES.filter(([, , bit]) => (style & bit) !== 0).map(([on]) => on),
    ...(foreground === 0 ? [] : [foreground <= 8 ? 29 + foreground : 81 + foreground]),
    ...(background === 0 ? [] : [background <= 8 ? 39 + background : 91 + background])
  ]
}

/** The shortest bytes that turn one style into another. */
export function sgrBetween(from: Style, to: Style): string {
  if (from === to) return ''
  if (to === PLAIN) return '\x1b[m'
  const keepsAttributes = (from & ~to & ALL_ATTRIBUTES) === 0
  const keepsColors = [FOREGROUND, BACKGROUND].every((shift) => colorOf(from, shift) === 0 || colorOf(to, shift) !== 0)
  if (!keepsAttributes || !keepsColors) return `\x1b[${[0, ...parametersOf(to)].join(';')}m`
  const known = new Set(parametersOf(from))
  return `\x1b[${parametersOf(to)
    .filter((parameter) => !known.has(parameter))
    .join(';')}m`
}
