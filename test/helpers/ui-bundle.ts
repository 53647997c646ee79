import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = new URL('../..', import.meta.url).pathname

/** The interface over a fake session as one runnable file in a folder of its own. */
export async function bundleInterface(): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tsupervise-ui-entry-'))
  const file = join(folder, 'entry.mjs')
  await build({
    absWorkingDir: root,
    entryPoints: ['test/fixtures/ui-entry.tsx'],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    jsx: 'automatic',
    alias: { 'react-devtools-core': `${root}scripts/empty-module.js` },
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning'
  })
  return { file, remove: () => rm(folder, { recursive: true, force: true }) }
}
