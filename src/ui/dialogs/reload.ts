import type { ReloadAction, ReloadDifference } from '../../core/queries.ts'
import { safe } from '../format/safe.ts'
import type { Line, Tone } from '../theme.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { keys, said } from './parts.ts'

/** Lines besides the difference: frame, blank, keys. */
const AROUND = 6

const ACTIONS: Readonly<Record<ReloadAction, readonly [words: string, tone: Tone]>> = {
  none: ['unchanged', 'dim'],
  live: ['changes at once', 'good'],
  restart: ['is restarted', 'alarm'],
  start: ['is started', 'good'],
  stop: ['is stopped', 'alarm']
}

/** What reading the configuration again would do, before it does. */
export function reloadContent({ answer }: Of<'reload'>, context: DialogContext): DialogContent {
  const title = 'Read the configuration again?'
  switch (answer.kind) {
    case 'asked':
      return { title, lines: [[['reading the file ...', 'dim']], [], keys(['Esc', 'cancel'])] }
    case 'failed':
      return { title, lines: [...said(`${answer.detail} Nothing was changed.`, 'alarm', context, 12), [], keys(['Esc', 'back'])] }
    case 'told': {
      const lines = differenceLines(answer.difference, context)
      const most = Math.max(1, context.rows - AROUND)
      const more: Line[] = lines.length > most ? [[[`and ${lines.length - most + 1} lines more`, 'dim']]] : []
      return { title, lines: [...lines.slice(0, most - more.length), ...more, [], keys(['Enter', 'do it'], ['Esc', 'cancel'])] }
    }
  }
}

function differenceLines({ changes, kept, ignored }: ReloadDifference, context: DialogContext): Line[] {
  const { ascii } = context.look
  const arrow = context.look.glyphs.arrow
  const lines = [
    ...changes
      .filter(({ action, fields }) => action !== 'none' || fields.length > 0)
      .flatMap(({ node, action, fields }): Line[] => [
        [
          [safe(node ?? 'this run', ascii), 'strong'],
          [` ${ACTIONS[action][0]}`, ACTIONS[action][1]]
        ],
        ...fields.flatMap(({ path, from, to }) => said(`  ${path}: ${from} ${arrow} ${to}`, 'plain', context, 3))
      ]),
    ...kept.flatMap(({ node, path, value }) => said(`${node} ${path} stays ${value}, as edited by hand`, 'dim', context, 2)),
    ...(ignored.length === 0 ? [] : said(`Only with a new start of tsupervise: ${ignored.join(', ')}`, 'warn', context, 3))
  ]
  return lines.length === 0 ? [[['Nothing has changed.', 'dim']]] : lines
}
