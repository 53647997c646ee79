import { execFileSync } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, join, relative, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

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

const EAGER_SEGMENTER = /^const (\w+) = (new Intl\.Segmenter\(.*\));$/m

/**
 * What cuts and measures text makes segmenters and looks up all emoji at import, for which Node loads Unicode's tables: 26 ms of every
 * start with a screen, and most screens show nothing that needs them. The same, when a text does.
 */
const lazyUnicode: Plugin = {
  name: 'lazy-unicode',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: 'lazy-unicode' }))
    onLoad({ filter: /.*/, namespace: 'lazy-unicode' }, () => ({
      contents: `let measure
        export default (text, options) =>
          /^[\\x20-\\x7e]*$/.test(text) ? text.length : (measure ??= require('./string-width.cjs').default)(text, options)`
    }))
    onResolve({ filter: /^\.\/string-width\.cjs$/ }, ({ path }) => ({ path, external: true }))
    onLoad(
      { filter: /[/\\](wrap-ansi[/\\]index|slice-ansi[/\\]tokenize-ansi|ansi-tokenize[/\\]build[/\\]tokenize)\.js$/ },
      async ({ path }) => {
        const contents = await readFile(path, 'utf8')
        if (!EAGER_SEGMENTER.test(contents)) throw new Error(`${path} has changed: look whether it still needs this plugin`)
        return { contents: contents.replace(EAGER_SEGMENTER, 'let made; const $1 = { segment: (text) => (made ??= $2).segment(text) };') }
      }
    )
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

/**
 * An import of a module of Node's own makes Node load all that it could export: of node:http its whole HTTP client, 31 ms and 13 MB,
 * of node:fs streams and promises, 4 ms. Asked for by name it does not; of its exports only what somebody imports is looked at.
 */
const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ kind, path, namespace }) => {
      if (kind === 'entry-point' || namespace.startsWith('builtin') || !isBuiltin(path)) return undefined
      return { path, namespace: kind === 'require-call' ? 'builtin-required' : 'builtin-imported' }
    })
    onLoad({ filter: /.*/, namespace: 'builtin-required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`
    }))
    onLoad({ filter: /.*/, namespace: 'builtin-imported' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== 'default')
      return {
        contents: [
          `const builtin = process.getBuiltinModule(${JSON.stringify(path)})`,
          'const exported = (name) => builtin[name]',
          'export default builtin',
          ...names.map((name) => `export const ${name} = /* @__PURE__ */ exported('${name}')`)
        ].join('\n')
      }
    })
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

const unicode = await build({ ...common, format: 'cjs', entryPoints: ['string-width'], outExtension: { '.js': '.cjs' } })

/** Loaded on demand, as files of their own: by the end of their path, their name in dist. */
const APART: Readonly<Record<string, string>> = { 'ui/start.tsx': './ui.js', 'commands/dispatch.ts': './commands.js' }

const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const file = APART[relative(join(root, 'src'), resolve(resolveDir, path))]
      return file === undefined ? undefined : { path: file, external: true }
    })
  }
}

const whole = {
  ...common,
  jsx: 'automatic',
  external: ['koffi', '@kubernetes/client-node'],
  alias: { 'react-devtools-core': join(root, 'scripts/empty-module.js') },
  define: {
    'process.env.NODE_ENV': '"production"',
    ...common.define,
    // the layout engine only asks whether there is one, and Node loads its whole HTTP client for the answer
    fetch: 'undefined'
  },
  plugins: [apart, lazyPackageData, lazyUnicode, plainBuiltins],
  banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  legalComments: 'linked'
} satisfies BuildOptions

// one file for each thing that is started: to find and read a file takes Node longer than to skip what is not called
const supervisor = await build({
  ...whole,
  entryPoints: { cli: 'src/cli.tsx', ui: 'src/ui/start.tsx', client: 'src/client/orphan-client.ts' }
})
const commands = await build({
  ...whole,
  entryPoints: { commands: 'src/commands/dispatch.ts', ...Object.fromEntries(lazy) },
  splitting: true,
  chunkNames: 'commands-[name]-[hash]'
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
const outputs = [check, unicode, supervisor, commands].flatMap(({ metafile }) => Object.keys(metafile.outputs))
const written = new Set(outputs.map((path) => join(root, path)))
for (const entry of await readdir(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name)
  if (entry.isFile() && !written.has(path) && !path.endsWith('.d.ts') && !path.endsWith('.so')) await rm(path, { force: true })
}
