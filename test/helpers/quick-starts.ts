import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder where Node keeps the compiled code of programs in test/fixtures for their next start. */
    readonly compiledCode: string
  }
}

/** Before the first test: what the tests start hundreds of times starts quickly. */
export default function setup({ provide }: TestProject): () => void {
  // the python3 in PATH may be the script of a version manager, which takes ten times as long as what it finds
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' })
  if (stdout?.startsWith('/')) process.env['PATH'] = [dirname(stdout), process.env['PATH']].join(delimiter)
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-compiled-'))
  provide('compiledCode', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
