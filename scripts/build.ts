import { execFileSync } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
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

/** What `tsupervise check` loads only when it needs it: by its name in dist, its source. */
const lazy = new Map<string, string>()

/** One file, since it starts anew for every check: what is imported on demand stays outside, as entries of the other build. */
const onDemand: Plugin = {
  name: 'on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const name = `check-${basename(path, '.ts')}`
      lazy.set(name, relative(root, resolve(resolveDir, path)))
      return { path: `./${name}.js`, external: true }
    })
  }
}

/** An import of node:fs makes Node load all that it could export, streams and promises too: 4 ms. Asked for by name it does not. */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`
    }))
  }
}

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  minify: true,
  define: { TSUPERVISE_VERSION: JSON.stringify(version) },
  metafile: true,
  logLevel: 'warning'
} as const

const check = await build({ ...common, entryPoints: { check: 'src/check-cli.ts' }, plugins: [onDemand, plainBuiltins] })

const { metafile } = await build({
  ...common,
  entryPoints: { cli: 'src/cli.tsx', client: 'src/client/orphan-client.ts', ...Object.fromEntries(lazy) },
  splitting: true,
  jsx: 'automatic',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['koffi', '@kubernetes/client-node'],
  alias: { 'react-devtools-core': join(root, 'scripts/empty-module.js') },
  define: {
    'process.env.NODE_ENV': '"production"',
    ...common.define,
    // the layout engine only asks whether there is one, and Node loads its whole HTTP client for the answer
    fetch: 'undefined'
  },
  plugins: [lazyPackageData],
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  legalComments: 'linked'
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
const outputs = { ...metafile.outputs, ...check.metafile.outputs }
const written = new Set(Object.keys(outputs).map((path) => join(root, path)))
for (const entry of await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name)
  if (entry.isFile() && !written.has(path) && !path.endsWith('.d.ts') && !path.endsWith('.so')) await rm(path, { force: true })
}
