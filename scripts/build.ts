import { readFile, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const root = new URL('..', import.meta.url).pathname

await rm(`${root}dist`, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.tsx'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  jsx: 'automatic',
  minify: true,
  keepNames: true,
  chunkNames: 'chunks/[name]-[hash]',
  external: ['koffi'],
  alias: { 'react-devtools-core': `${root}scripts/empty-module.js` },
  define: { 'process.env.NODE_ENV': '"production"', TSUPERVISE_VERSION: JSON.stringify(version) },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  legalComments: 'linked',
  logLevel: 'warning'
})
