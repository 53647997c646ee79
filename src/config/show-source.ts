import { relative } from 'node:path'
import type { Source } from '../core/settings.ts'

/** Where a value came from, in a few words. */
export function showSource(source: Source, cwd: string): string {
  switch (source.kind) {
    case 'default':
      return 'default'
    case 'level':
      return `level ${source.level}`
    case 'file':
      return `${near(source.file, cwd)}:${source.line}:${source.column}`
    case 'flagfile':
      return `${near(source.file, cwd)}:${source.line} ${source.flag}`
    case 'environment':
      return source.variable
    case 'option':
      return source.option
    case 'hot-edit':
      return `changed at ${source.at}`
  }
}

const near = (file: string, cwd: string): string => {
  const path = relative(cwd, file)
  return file.startsWith('/') && (path.startsWith('..') || path === '') ? file : file.startsWith('/') ? path : file
}
