import { execFileSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fixture, has, missing, openPreload, type Preload, type Ran } from './preload.ts'

let preload: Preload
beforeAll(async () => {
  if (missing === undefined) preload = await openPreload()
})
afterAll(() => preload?.close())
beforeEach(() => {
  if (preload !== undefined) preload.server.messages.length = 0
})

/** `PARENT CHILD`, and how often it came. Everything is a registration. */
async function registered(): Promise<Map<string, number>> {
  await preload.server.settle()
  const pairs = new Map<string, number>()
  for (const { parent, child, action } of preload.server.messages) {
    expect(action).toBe(1)
    pairs.set(`${parent} ${child}`, (pairs.get(`${parent} ${child}`) ?? 0) + 1)
  }
  return pairs
}

/** What the processes said of themselves is what was registered; `children` of them, and the first. */
async function proveRegistered({ end, stdout, stderr, pid }: Ran, children: number): Promise<void> {
  expect([end, stderr]).toEqual([0, ''])
  const said = new Map([[`${process.pid} ${pid}`, 'once']])
  for (const [, pair = '', label = ''] of stdout.matchAll(/^(\d+ \d+) (once|exec)$/gm)) said.set(pair, label)
  expect(said.size).toBe(children + 1)
  const pairs = await registered()
  expect([...pairs.keys()].sort()).toEqual([...said.keys()].sort())
  // a process that was forked and then executed a program has told the same pair twice
  for (const [pair, count] of pairs) expect([pair, count]).toEqual([pair, said.get(pair) === 'exec' && count === 2 ? 2 : 1])
}

const SAY = 'echo $PPID $$ exec'

describe.skipIf(missing !== undefined)(`the preload library registers every process${missing === undefined ? '' : ` (${missing})`}`, () => {
  it.each([
    ['fork', 1],
    ['vfork', 1],
    ['spawn', 1],
    ['system', 1],
    ['popen', 1],
    ['handler', 1],
    ['generations', 2],
    ['threads', 200],
    ['few-descriptors', 1]
  ])('C: %s', async (mode, children) => {
    await proveRegistered(await preload.run(preload.kinds, [mode]), children)
  })

  it('a child whose parent died before the child could speak names that parent', async () => {
    const holder = preload.compile('holder.so', 'hold-grandchild.c', '-fPIC', '-shared')
    await proveRegistered(await preload.run(preload.kinds, ['orphan'], { LD_PRELOAD: `${preload.library} ${holder}` }), 2)
  })

  it.skipIf(!has('bash'))('bash: subshells, pipelines, substitutions, background jobs', async () => {
    const script = `
      (echo "$$ $BASHPID once")
      { echo "$$ $BASHPID once"; } | { read -r line; echo "$line"; echo "$$ $BASHPID once"; }
      text=$(echo "$$ $BASHPID once"); echo "$text"
      sh -c '${SAY}' &
      wait
      sh -c '${SAY}'
      :`
    await proveRegistered(await preload.run('bash', ['-c', script]), 6)
  })

  it('sh: commands, and a program in the place of another', async () => {
    await proveRegistered(await preload.run('sh', ['-c', `sh -c '${SAY}'; (exec sh -c '${SAY}'); sh -c '${SAY}' & wait`]), 3)
  })

  it.skipIf(!has('perl')).each([
    ['fork', 'unless (fork) { syswrite STDOUT, getppid . " $$ once\\n"; POSIX::_exit(0) } wait'],
    ['system', `system 'sh', '-c', q{${SAY}}`],
    ['a pipe', `open my $pipe, '-|', 'sh', '-c', q{${SAY}}; print <$pipe>; close $pipe`],
    ['backticks', 'print `echo \\$PPID \\$\\$ exec`']
  ])('perl: %s', async (_way, program) => {
    await proveRegistered(await preload.run('perl', ['-MPOSIX', '-e', program]), 1)
  })

  it.skipIf(!has('make'))('make: recipes side by side', async () => {
    const recipe = '@echo $$PPID $$$$ exec'
    writeFileSync(join(preload.folder, 'Makefile'), `all: one two\none two:\n\t${recipe}\n`)
    await proveRegistered(await preload.run('make', ['--no-print-directory', '-j2']), 2)
  })

  const nodeWays = {
    spawn: `spawn('sh', ['-c', '${SAY}'], {stdio: 'inherit'})`,
    detached: `spawn('sh', ['-c', '${SAY}'], {stdio: 'inherit', detached: true})`,
    exec: `exec('${SAY}').stdout.pipe(process.stdout)`,
    spawnSync: `spawnSync('sh', ['-c', '${SAY}'], {stdio: 'inherit'})`,
    node: `spawn(process.execPath, ['-e', 'console.log(process.ppid, process.pid, "exec")'], {stdio: 'inherit'})`
  }
  it.each(Object.entries(nodeWays))('node: %s', async (_way, call) => {
    await proveRegistered(await preload.run(process.execPath, ['-e', `require('node:child_process').${call}`]), 1)
  })
})

const python = has('python3')
  ? execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
  : undefined

describe.skipIf(python === undefined)(`the preload library under Python${python === undefined ? ' (needs python3 and cc)' : ''}`, () => {
  it.each([
    ['subprocess', 1],
    ['subprocess-shell', 1],
    ['subprocess-session', 1],
    ['subprocess-preexec', 1],
    ['fork', 1],
    ['posix_spawn', 1],
    ['system', 1],
    ['popen', 1],
    ['multiprocessing', 1],
    ['threads', 8]
  ])('%s', async (way, children) => {
    await proveRegistered(await preload.run(python ?? '', [fixture('kinds.py'), way]), children)
  })

  it('every process speaks on a connection of its own, as the user that it is by then', async () => {
    const uid = process.getuid?.() ?? 0
    const later = uid === 0 ? 65_534 : uid
    const ran = await preload.runBare(python ?? '', [fixture('peers.py'), preload.library, preload.kinds, 'user', String(later)])
    const [, parent, child] = /^(\d+) (\d+) once$/m.exec(ran.stdout) ?? []
    expect(ran.stdout.match(/^peer .*$/gm)).toEqual([
      `peer ${parent} ${uid} ${ran.pid} ${parent}`,
      `peer ${child} ${later} ${parent} ${child}`
    ])
  })
})

describe.skipIf(missing !== undefined)('what is not covered, as the README says', () => {
  it('clone without a program: not registered', async () => {
    const ran = await preload.run(preload.kinds, ['raw-clone'])
    expect(ran.stdout).toMatch(/^\d+ \d+ once$/m)
    expect([...(await registered()).keys()]).toEqual([`${process.pid} ${ran.pid}`])
  })

  it('a static program: not by itself, but when it was forked by a program that has the library', async (context) => {
    let still: string
    try {
      still = preload.compile('static', 'kinds.c', '-static', '-w')
    } catch {
      return context.skip('no static C library here')
    }
    const alone = await preload.run(preload.kinds, ['spawn', still])
    expect(alone.stdout).toMatch(/^\d+ \d+ once$/m)
    expect([...(await registered()).keys()]).toEqual([`${process.pid} ${alone.pid}`])
    preload.server.messages.length = 0
    await proveRegistered(await preload.run(preload.kinds, ['fork-exec', still]), 1)
  })

  it.skipIf(process.getuid?.() !== 0 || !has('setpriv'))(
    'a set-user-id program: not registered (as root, with setpriv)',
    async (context) => {
      const privileged = join(preload.folder, 'privileged')
      copyFileSync(preload.kinds, privileged)
      execFileSync('chmod', ['4755', privileged])
      const asOrdinary = (program: string) =>
        preload.run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', '--', preload.kinds, 'spawn', program])
      const control = await asOrdinary(preload.kinds)
      const [child] = /^\d+ \d+(?= once$)/m.exec(control.stdout) ?? []
      expect([...(await registered()).keys()]).toEqual([`${process.pid} ${control.pid}`, child])
      preload.server.messages.length = 0
      const ran = await asOrdinary(privileged)
      const pairs = [...(await registered()).keys()]
      if (pairs.length === 2) context.skip('the folder is mounted nosuid')
      expect(ran.stdout).toMatch(/^\d+ \d+ once$/m)
      expect(pairs).toEqual([`${process.pid} ${ran.pid}`])
    }
  )
})
