import type { Source } from './settings.ts'

/** How files and times are written where a source is shown; as they are unless told. */
export interface SourceStyle {
  readonly file?: (path: string) => string
  /** From ISO 8601. */
  readonly time?: (iso: string) => string
}

/** Where a value came from, so that a person finds the place: `tsupervise.yaml:12:21`, `option --name`, `level normal`. */
export function describeSource(source: Source, { file = asIs, time = asIs }: SourceStyle = {}): string {
  switch (source.kind) {
    case 'default':
      return 'default'
    case 'level':
      return `level ${source.level}`
    case 'file':
      return `${file(source.file)}:${source.line}:${source.column}`
    case 'flagfile':
      return `${file(source.file)}:${source.line} ${source.flag}`
    case 'environment':
      return `variable ${source.variable}`
    case 'option':
      return `option ${source.option}`
    case 'hot-edit':
      return `edited by hand at ${time(source.at)}`
  }
}

const asIs = (text: string): string => text
