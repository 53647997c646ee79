import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a test can leave to the next one of the same process: children, sockets, terminals, mocks. */
const LEAVES = /'(node:child_process|node:net|node:http|node:worker_threads|@lydell\/node-pty)'|\bvi\b/
const IMPORTED = /(?:from|import\()\s*'(\.[^']+)'/g

/** Whether this file, or one of the tests' own that it imports, has something to leave. */
function leaves(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  if (LEAVES.test(text)) return true
  const imported = Array.from(text.matchAll(IMPORTED), ([, path = '']) => join(file, '..', path))
  return imported.some((path) => path.includes('/test/') && leaves(path, seen))
}

/** The test files below `root` that may run one after another in one process, which spares each of them loading everything anew. */
export const sharing = (root: string): string[] =>
  globSync('test/**/*.test.{ts,tsx}', { cwd: root }).filter((file) => !leaves(join(root, file)))
