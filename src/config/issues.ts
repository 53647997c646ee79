import type * as z from 'zod/mini'
import { describePath, type Located, type Path } from './document.ts'
import { describeFound, describeKind } from './found.ts'
import { suggestion } from './nearest.ts'
import type { Problem } from './problem.ts'

/** What the schema found wrong, in words, with positions. Values of environment variables are never shown. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], located: Located): Problem[] {
  return issues.flatMap((issue) => explain(issue, located))
}

function explain(issue: z.core.$ZodIssue, located: Located): Problem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(' ')
    return issue.keys.map((key) => ({
      place: located.place([...path, key], 'key'),
      message: `unknown key '${key.slice(0, 64)}' in ${describePath(path)}${suggestion(key, known)}`
    }))
  }
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1))
    const expected = issue.issues[0]?.message ?? 'another key'
    return [
      {
        place: located.place(path, 'key'),
        message: `${describePath(path.slice(0, -1))}: found the key '${key.slice(0, 64)}', expected ${expected}`
      }
    ]
  }
  return [
    {
      place: located.place(path, 'value'),
      message: `${describePath(path)}: ${mismatch(issue.message, valueAt(located.value, path), path)}`
    }
  ]
}

function mismatch(expected: string, found: unknown, path: Path): string {
  const shown = path.includes('env') ? describeKind(found) : describeFound(found)
  return `found ${shown}, expected ${expected}`
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<string | number, unknown>)[step]
  }
  return at
}
