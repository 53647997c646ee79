import { expect, test } from 'vitest'
import { createScreen } from './screen.ts'

test('a screen is what a terminal would show of the bytes', async () => {
  const screen = createScreen(10, 3)
  await screen.write('old\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[H\x1b[2Jnew\r\n\x1b[1;32mgreen\x1b[0m 漢')
  expect(screen.lines()).toEqual(['new', 'green 漢', ''])
  expect([screen.alternate, screen.cursorVisible, screen.modes.bracketedPaste]).toEqual([true, false, true])
  expect(screen.cells(1)[0]).toMatchObject({ text: 'g', foreground: 2, bold: true, inverse: false })
  expect(screen.cells(1)[6]).toMatchObject({ text: '漢', width: 2, foreground: undefined })
  await screen.write('\x1b[?1049l\x1b[?25h\x1b[?2004l')
  expect(screen.text()).toContain('old')
  expect([screen.alternate, screen.cursorVisible, screen.modes.bracketedPaste]).toEqual([false, true, false])
})
