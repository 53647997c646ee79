import { expect, test } from 'vitest'
import { drawPng, drawSvg } from '../../screenshots/draw.ts'
import { createScreen } from '../helpers/screen.ts'

async function drawn(bytes: string): Promise<string> {
  const screen = createScreen(20, 3)
  await screen.write(bytes)
  return drawSvg(screen)
}

test('every cell is where the terminal has it, in its colours', async () => {
  const svg = await drawn('a\x1b[1;31mb\x1b[0m\x1b[7mcd\x1b[0m\x1b[2m<\x1b[0m\r\n漢x█')
  expect(svg).toContain('>a</text>')
  expect(svg).toMatch(/fill="#e06c75" font-weight="bold">b</)
  expect(svg).toMatch(/opacity="0.55">&lt;</)
  // the two inverse cells have one background, two cells wide
  expect(svg.match(/<rect x="30\.06" y="12" width="18\.06" height="18"/g)).toHaveLength(1)
  const placeOf = (character: string): number => Number(new RegExp(`<text x="([\\d.]+)"[^>]*>${character}</text>`).exec(svg)?.[1])
  expect(placeOf('x') - placeOf('漢')).toBeCloseTo(2 * 9.03)
  expect(svg).toMatch(/<rect[^>]*fill="#d4d8e0"\/>/)
})

test('the same screen gives the same picture, another screen another one', async () => {
  const png = drawPng(await drawn('tsupervise'))
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
  expect(drawPng(await drawn('tsupervise')).equals(png)).toBe(true)
  expect(drawPng(await drawn('something else')).equals(png)).toBe(false)
})
