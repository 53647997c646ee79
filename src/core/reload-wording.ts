import type { ReloadAction, ReloadDifference } from './queries.ts'

const ACTIONS: Readonly<Record<ReloadAction, string>> = {
  none: 'unchanged',
  live: 'changed at once',
  restart: 'restarted',
  start: 'started',
  stop: 'stopped'
}

/** What a reload did, in one line: `api restarted; indexer changed at once; 1 limit edited by hand stays`. */
export function describeDifference({ changes, kept, ignored }: ReloadDifference): string {
  const parts = [
    ...changes.map(({ node, action }) => `${node ?? 'the run'} ${ACTIONS[action]}`),
    ...(kept.length === 0 ? [] : [`${kept.length} edited by hand ${kept.length === 1 ? 'stays' : 'stay'}`]),
    ...(ignored.length === 0 ? [] : [`only with a new start: ${ignored.join(', ')}`])
  ]
  return parts.length === 0 ? 'nothing has changed' : parts.join('; ')
}
