import type { SupervisorState } from '../../store.ts'
import { spokenKey } from '../keys/names.ts'
import type { Line } from '../theme.ts'
import { QUIT_CHOICES } from '../view/press-dialog.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { keys } from './parts.ts'

export function quitContent({ choice }: Of<'quit'>, state: SupervisorState, { look, keymap, stopping }: DialogContext): DialogContent {
  const words = {
    stop: stopping ? 'kill what is left now' : 'stop everything',
    'keep-running': 'keep running without the screen',
    cancel: 'cancel'
  }
  const letters = { stop: keymap.keyFor('quit', 'choose-stop'), 'keep-running': keymap.keyFor('quit', 'choose-leave'), cancel: 'escape' }
  const count = state.order.length
  const list = QUIT_CHOICES.map(
    (entry): Line => [
      [entry === choice ? `${look.glyphs.marker} ` : '  ', 'accent'],
      [` ${words[entry]} `.padEnd(34), entry === choice ? 'button' : 'plain'],
      [spokenKey(letters[entry] ?? ''), 'accent']
    ]
  )
  return {
    title: 'Quit',
    chosen: list[QUIT_CHOICES.indexOf(choice)],
    lines: [
      [[`${count} node${count === 1 ? ' is' : 's are'} supervised here.`]],
      [],
      ...list,
      [],
      keys(['Enter', words[choice]], ['Ctrl-C', words.stop])
    ]
  }
}
