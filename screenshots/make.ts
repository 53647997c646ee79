// The pictures of the documentation, from real sessions of the built command: nothing in them is made by hand.
// `npm run screenshots`; with names as arguments only those. Takes about two minutes, because the example needs them to misbehave.
// Needs Linux: each command runs on a host with a name of its own (unshare, hostname).
import { writeFileSync } from 'node:fs'
import type { Pty } from '../test/helpers/pty.ts'
import { drawPng, drawSvg } from './draw.ts'
import { type Session, sessions } from './sessions.ts'
import { setStage } from './stage.ts'

const wanted = new Set(process.argv.slice(2))
const stage = setStage()

/** A frame comes in several writes: the picture is taken when two looks in a row saw the same. */
async function settled(pty: Pty): Promise<void> {
  let before = ''
  for (let same = 0; same < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    const now = pty.screen.lines().join('\n')
    same = now === before ? same + 1 : 0
    before = now
  }
}

async function shoot(pty: Pty, name: string): Promise<void> {
  await settled(pty)
  writeFileSync(new URL(`${name}.png`, import.meta.url), drawPng(drawSvg(pty.screen)))
  console.log(`screenshots/${name}.png (${pty.screen.columns}x${pty.screen.rows})`)
}

async function record({ columns, rows, environment = {}, prepare, play }: Session): Promise<void> {
  const pty = stage.open({ host: 'web-01', args: await prepare(stage), columns, rows, environment })
  try {
    await pty.waitFor((text) => text.includes('q quit'), 'the first frame')
    await play(pty, (name) => shoot(pty, name), stage)
  } finally {
    // Ctrl-C asks, the second one means yes: everything that the example started ends with it
    pty.type('\x03')
    pty.type('\x03')
    await pty.ended
  }
}

try {
  for (const [names, session] of Object.entries(sessions)) {
    if (wanted.size === 0 || names.split(' ').some((name) => wanted.has(name))) await record(session).finally(stage.clear)
  }
} finally {
  stage.remove()
}
