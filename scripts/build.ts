import { execFileSync } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }

const EAGER = 'var normalizeExports = requireNormalize();\nconst normalizePackageData = getDefaultExportFromCjs(normalizeExports);'
const LAZY = 'const normalizePackageData = (data) => getDefaultExportFromCjs(requireNormalize())(data);'

/**
 * meow evaluates the licence lists of all packages at import, for package data that nobody asks it for: 15 ms and 3 MB of every
 * start with an option. The same code, when it is called.
 */
const lazyPackageData: Plugin = {
  name: 'lazy-package-data',
  setup({ onLoad }) {
    onLoad({ filter: /meow[/\\]build[/\\]dependencies\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      if (!contents.includes(EAGER)) throw new Error(`${path} has changed: look whether it still needs this plugin`)
      return { contents: contents.replace(EAGER, LAZY) }
    })
  }
}

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli.tsx', client: 'src/client/orphan-client.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  jsx: 'automatic',
  minify: true,
  chunkNames: 'chunks/[name]-[hash]',
  external: ['koffi'],
  alias: { 'react-devtools-core': join(root, 'scripts/empty-module.js') },
  define: {
    'process.env.NODE_ENV': '"production"',
    TSUPERVISE_VERSION: JSON.stringify(version),
    // the layout engine only asks whether there is one, and Node loads its whole HTTP client for the answer
    fetch: 'undefined'
  },
  plugins: [lazyPackageData],
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning'
})

// the types of what programs import
const typeArguments =
  '--declaration --emitDeclarationOnly --target es2024 --module nodenext --types node --strict --allowImportingTsExtensions'
execFileSync(
  join(root, 'node_modules/.bin/tsc'),
  ['--ignoreConfig', 'src/client/orphan-client.ts', '--rootDir', 'src', '--outDir', 'dist/types', ...typeArguments.split(' ')],
  { cwd: root, stdio: 'inherit' }
)

// what earlier builds left; what is there now was never missing, so that a run or a test under way goes on
const written = new Set(Object.keys(metafile.outputs).map((path) => join(root, path)))
for (const entry of await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name)
  if (entry.isFile() && !written.has(path) && !path.endsWith('.d.ts') && !path.endsWith('.so')) await rm(path, { force: true })
}
