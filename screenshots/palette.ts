/** The 16 colours of a calm dark terminal, for pictures only: the program uses whatever the terminal has. */
export const PALETTE: readonly string[] = [
  '#1b1f27',
  '#e06c75',
  '#8fbf6f',
  '#e0b062',
  '#61a4e8',
  '#c07fd8',
  '#56b6c2',
  '#c8cdd6',
  '#5c6370',
  '#f07f88',
  '#a5d685',
  '#f0c674',
  '#7fbaf5',
  '#d39ae8',
  '#6fcfdb',
  '#ffffff'
]

export const FOREGROUND = '#d4d8e0'
export const BACKGROUND = '#14171d'
