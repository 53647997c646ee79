import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Resvg } from '@resvg/resvg-js'
import type { Cell, Screen } from '../test/helpers/screen.ts'
import { BACKGROUND, FOREGROUND, PALETTE } from './palette.ts'

/** Size of one character of DejaVu Sans Mono at this size, px. */
const FONT = 15
const CELL = { width: FONT * 0.602, height: 18 }
const BASELINE = 14
/** Where a line below the text stands, in parts of a cell. */
const UNDERLINE = 16 / CELL.height
const MARGIN = 12

const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')

interface Style {
  readonly fill: string
  readonly behind: string
  readonly bold: boolean
  readonly underlined: boolean
  readonly opacity: number
}

const colorOf = (color: number | string | undefined, own: string): string =>
  typeof color === 'number' ? (PALETTE[color] ?? own) : (color ?? own)

function styleOf(cell: Cell): Style {
  const front = colorOf(cell.foreground, FOREGROUND)
  const back = colorOf(cell.background, BACKGROUND)
  return {
    fill: cell.inverse ? back : front,
    behind: cell.inverse ? front : back,
    bold: cell.bold,
    underlined: cell.underline,
    opacity: cell.dim ? 0.55 : 1
  }
}

const escapeXml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
const round = (value: number): string => String(Number(value.toFixed(2)))

/** Blocks and bars are drawn, not set, so that they meet without seams. [left, top, width, height] in parts of a cell. */
function blockOf(character: string): readonly [number, number, number, number] | undefined {
  const code = character.codePointAt(0) ?? 0
  if (code >= 0x2581 && code <= 0x2588) return [0, 1 - (code - 0x2580) / 8, 1, (code - 0x2580) / 8]
  if (character === '▏') return [0, 0, 1 / 8, 1]
  if (character === '▕') return [7 / 8, 0, 1 / 8, 1]
  return undefined
}

/** Backgrounds of one row, neighbours of one colour in one piece, so that they meet without seams. */
function drawBackgrounds(cells: readonly Cell[], row: number): string {
  let drawn = ''
  let start = 0
  for (let column = 1; column <= cells.length; column++) {
    const behind = backgroundOf(cells[start])
    if (column < cells.length && backgroundOf(cells[column]) === behind) continue
    if (behind !== BACKGROUND) drawn += rectangle(start, row, [0, 0, column - start, 1], behind)
    start = column
  }
  return drawn
}

const backgroundOf = (cell: Cell | undefined): string => (cell === undefined ? BACKGROUND : styleOf(cell).behind)

/** A rectangle in parts of a cell. */
function rectangle(
  column: number,
  row: number,
  [left, top, width, height]: readonly [number, number, number, number],
  fill: string,
  opacity = 1
): string {
  const x = round(MARGIN + (column + left) * CELL.width)
  const y = round(MARGIN + (row + top) * CELL.height)
  const faded = opacity === 1 ? '' : ` opacity="${opacity}"`
  return `<rect x="${x}" y="${y}" width="${round(width * CELL.width)}" height="${round(height * CELL.height)}" shape-rendering="crispEdges" fill="${fill}"${faded}/>`
}

function drawCell(cell: Cell, column: number, row: number): string {
  const { fill, bold, underlined, opacity } = styleOf(cell)
  if (cell.width === 0) return ''
  const line = underlined ? rectangle(column, row, [0, UNDERLINE, cell.width, 1 / CELL.height], fill, opacity) : ''
  if (cell.text === ' ') return line
  if (cell.text === '░') return rectangle(column, row, [0, 0, 1, 1], fill, 0.22)
  const block = blockOf(cell.text)
  if (block !== undefined) return rectangle(column, row, block, fill, opacity)
  const weight = bold ? ' font-weight="bold"' : ''
  const faded = opacity === 1 ? '' : ` opacity="${opacity}"`
  const x = round(MARGIN + column * CELL.width)
  return `${line}<text x="${x}" y="${round(MARGIN + row * CELL.height + BASELINE)}" fill="${fill}"${weight}${faded}>${escapeXml(cell.text)}</text>`
}

/** The screen as an SVG: every cell where a terminal would put it. */
export function drawSvg(screen: Screen): string {
  const width = Math.ceil(screen.columns * CELL.width + 2 * MARGIN)
  const height = screen.rows * CELL.height + 2 * MARGIN
  const drawn = Array.from({ length: screen.rows }, (_, row) => {
    const cells = screen.cells(row)
    return drawBackgrounds(cells, row) + cells.map((cell, column) => drawCell(cell, column, row)).join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans Mono" font-size="${FONT}" xml:space="preserve"><rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>${drawn.join('\n')}</svg>\n`
}

/** The same as a PNG, a little larger; the same bytes on every machine. */
export function drawPng(svg: string): Buffer {
  const resvg = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf', 'DejaVuSans.ttf'].map((file) => join(fonts, file)),
      defaultFontFamily: 'DejaVu Sans Mono'
    },
    fitTo: { mode: 'zoom', value: 1.3 }
  })
  return resvg.render().asPng()
}
