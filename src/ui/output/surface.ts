import type { RenderOptions } from 'ink'
import type { Display } from '../terminal.ts'
import { createCanvas } from './canvas.ts'
import { createPainter, type Painter } from './painter.ts'
import { createSlugs } from './slugs.ts'

/** What Ink draws on, and what becomes of it on the terminal. */
export interface Surface extends Omit<Painter, 'frame'> {
  readonly ink: Omit<RenderOptions, 'stdin'>
  /** What a painted line is given to Ink as. */
  cast(line: string): string
}

// `interactive` by hand: the caller has decided, whatever CI says
const COMMON = { interactive: true, exitOnCtrlC: false, patchConsole: false } as const

/** The alternate screen, drawn cell by cell. In its debug mode Ink gives every frame as a whole, as text and SGR sequences, and nothing else. */
export function paintedSurface(stdout: Display): Surface {
  const painter = createPainter(stdout)
  const { cast, set } = createSlugs()
  const canvas = createCanvas(stdout, (frame) => painter.frame(set(frame)))
  return { ...painter, cast, ink: { ...COMMON, stdout: canvas, debug: true } }
}

/** Sentences on the primary screen, by Ink's own screen-reader mode: what is no longer so is erased, the rest is left to the reader. */
export function spokenSurface(stdout: Display): Surface {
  let isTaken = false
  const write = (text: string): void => {
    if (isTaken) stdout.write(text)
  }
  return {
    ink: { ...COMMON, stdout: createCanvas(stdout, write), isScreenReaderEnabled: true },
    cast: (line) => line,
    take() {
      isTaken = true
    },
    release() {
      if (isTaken) stdout.write('\r\n')
      isTaken = false
    },
    repaint: () => undefined,
    forget: () => undefined,
    control: write
  }
}
