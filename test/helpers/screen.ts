import xterm from '@xterm/headless'

/** One cell of the screen. Colours: undefined is the terminal's own, 0 to 15 the palette, a string `#rrggbb` anything else. */
export interface Cell {
  readonly text: string
  /** 2 for the left half of a wide character, 0 for its right half. */
  readonly width: number
  readonly foreground: number | string | undefined
  readonly background: number | string | undefined
  readonly bold: boolean
  readonly dim: boolean
  readonly underline: boolean
  readonly inverse: boolean
}

/** A terminal's screen as it would be seen, made from the bytes that a program wrote. */
export interface Screen {
  write(bytes: string): Promise<void>
  resize(columns: number, rows: number): void
  readonly columns: number
  readonly rows: number
  /** One string a row, blanks at the end cut. */
  lines(): string[]
  text(): string
  cells(row: number): Cell[]
  /** Whether the alternate screen shows. */
  readonly alternate: boolean
  readonly cursorVisible: boolean
  /** Modes that an application left on: a clean terminal has none. */
  readonly modes: { readonly bracketedPaste: boolean; readonly applicationCursor: boolean }
}

const BLANK: Cell = {
  text: ' ',
  width: 1,
  foreground: undefined,
  background: undefined,
  bold: false,
  dim: false,
  underline: false,
  inverse: false
}

type BufferCell = NonNullable<ReturnType<NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>['getCell']>>

function color(cell: BufferCell, side: 'Fg' | 'Bg'): number | string | undefined {
  if (side === 'Fg' ? cell.isFgDefault() : cell.isBgDefault()) return undefined
  const value = side === 'Fg' ? cell.getFgColor() : cell.getBgColor()
  const isRgb = side === 'Fg' ? cell.isFgRGB() : cell.isBgRGB()
  return isRgb || value > 15 ? `#${value.toString(16).padStart(6, '0')}` : value
}

/** An empty screen of this size. */
export function createScreen(columns: number, rows: number): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  let cursorVisible = true
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (parameters) => {
    if (parameters.includes(25)) cursorVisible = false
    return false
  })
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (parameters) => {
    if (parameters.includes(25)) cursorVisible = true
    return false
  })
  const lineAt = (row: number) => terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)
  const lines = (): string[] => Array.from({ length: terminal.rows }, (_, row) => lineAt(row)?.translateToString(true) ?? '')
  return {
    write: (bytes) => new Promise((resolve) => terminal.write(bytes, resolve)),
    resize: (newColumns, newRows) => terminal.resize(newColumns, newRows),
    get columns() {
      return terminal.cols
    },
    get rows() {
      return terminal.rows
    },
    lines,
    text: () => lines().join('\n'),
    cells(row) {
      const line = lineAt(row)
      return Array.from({ length: terminal.cols }, (_, column): Cell => {
        const cell = line?.getCell(column)
        if (cell === undefined) return BLANK
        return {
          text: cell.getChars() || ' ',
          width: cell.getWidth(),
          foreground: color(cell, 'Fg'),
          background: color(cell, 'Bg'),
          bold: cell.isBold() !== 0,
          dim: cell.isDim() !== 0,
          underline: cell.isUnderline() !== 0,
          inverse: cell.isInverse() !== 0
        }
      })
    },
    get alternate() {
      return terminal.buffer.active.type === 'alternate'
    },
    get cursorVisible() {
      return cursorVisible
    },
    get modes() {
      return { bracketedPaste: terminal.modes.bracketedPasteMode, applicationCursor: terminal.modes.applicationCursorKeysMode }
    }
  }
}
