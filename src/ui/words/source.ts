import type { Source } from '../../core/settings.ts'
import { clockTime } from '../format/time.ts'

/** Where a value came from, as a person looks it up. */
export function describeSource(source: Source): string {
  switch (source.kind) {
    case 'default':
      return 'default'
    case 'level':
      return `level ${source.level}`
    case 'file':
      return `${source.file}:${source.line}:${source.column}`
    case 'environment':
      return `variable ${source.variable}`
    case 'flagfile':
      return `${source.file}:${source.line} ${source.flag}`
    case 'option':
      return `option ${source.option}`
    case 'hot-edit':
      return `edited here at ${clockTime(source.at)}`
  }
}
