import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

// node scripts/build-preload.ts [OUTPUT]: compiles the LD_PRELOAD library with $CC, else cc.
const root = new URL('..', import.meta.url).pathname
const output = resolve(process.argv[2] ?? `${root}dist/tsupervise-preload.so`)
const compiler = process.env['CC'] || 'cc'
// -z now: no symbol is looked up in a forked child, where another thread may have held the linker's lock
const options = ['-O2', '-fPIC', '-shared', '-Wall', '-Wextra', '-Werror', '-Wl,-z,now']

function compile(): string | undefined {
  if (process.platform !== 'linux') return `the preload library is for Linux only, and this is ${process.platform}`
  mkdirSync(dirname(output), { recursive: true })
  const { error, status, signal } = spawnSync(compiler, [...options, '-o', output, `${root}native/tsupervise-preload.c`], {
    stdio: 'inherit'
  })
  if (error !== undefined)
    return `cannot run the C compiler ${compiler} (${error.message}); install one (Debian: apt install gcc), or name it in CC`
  return status === 0 ? undefined : `${compiler} failed with ${signal ?? `exit status ${status}`}`
}

const problem = compile()
if (problem !== undefined) {
  console.error(`build:preload: ${problem}`)
  process.exitCode = 1
}
