import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TestProcesses } from '../helpers/processes.ts'
import { has, missing, openPreload, type Preload } from './preload.ts'

let preload: Preload
beforeAll(async () => {
  if (missing === undefined) preload = await openPreload()
})
afterAll(() => preload?.close())
beforeEach(() => {
  if (preload !== undefined) preload.server.messages.length = 0
})

const NOBODY = '@nobody-listens-here'

describe.skipIf(missing !== undefined)(`a program with the preload library${missing === undefined ? '' : ` (${missing})`}`, () => {
  it.each([
    ['a listener', {}],
    ['nobody at an abstract address', { ORPHAND_SOCKET: NOBODY }],
    ['nobody at a path', { ORPHAND_SOCKET: '/nonexistent/orphand.sock' }],
    ['a file that is no socket', { ORPHAND_SOCKET: '/etc/passwd' }],
    ['a path that is too long', { ORPHAND_SOCKET: `/${'x'.repeat(5000)}` }],
    ['an empty address', { ORPHAND_SOCKET: '' }]
  ])('finds its descriptors, signals and errno as without it: %s', async (_what, environment) => {
    const bare = await preload.runBare(preload.kinds, ['descriptors'])
    expect(bare.stdout.match(/^(program|child|executed) opens \d+$/gm)).toHaveLength(3)
    const with_ = await preload.run(preload.kinds, ['descriptors'], environment)
    expect([with_.end, with_.stdout, with_.stderr]).toEqual([0, bare.stdout, ''])
    const errno = await preload.run(preload.kinds, ['errno'], environment)
    expect([errno.end, errno.stderr]).toEqual([0, ''])
  })

  it('does nothing without ORPHAND_SOCKET', async () => {
    const ran = await preload.run(preload.kinds, ['threads'], { ORPHAND_SOCKET: undefined })
    await preload.server.settle()
    expect([ran.end, ran.stderr, preload.server.messages]).toEqual([0, '', []])
  })

  it('ORPHAND_DEBUG tells each attempt, with what failed', async () => {
    const good = await preload.run(preload.kinds, ['fork'], { ORPHAND_DEBUG: '1' })
    const pair = /^(\d+) (\d+) once$/m.exec(good.stdout)
    expect(good.stderr.split('\n')).toEqual([
      `tsupervise-preload: child ${good.pid} of parent ${process.pid}: registered`,
      `tsupervise-preload: child ${pair?.[2]} of parent ${pair?.[1]}: registered`,
      ''
    ])
    const bad = await preload.run(preload.kinds, ['nothing'], { ORPHAND_DEBUG: '1', ORPHAND_SOCKET: NOBODY })
    expect(bad.stderr).toBe(
      `tsupervise-preload: child ${bad.pid} of parent ${process.pid}: not registered, connect failed with errno 111\n`
    )
    for (const ORPHAND_SOCKET of [undefined, '', 'x'.repeat(108), `@${'x'.repeat(108)}`]) {
      const none = await preload.run(preload.kinds, ['fork'], { ORPHAND_DEBUG: '1', ORPHAND_SOCKET })
      expect([none.end, none.stderr]).toEqual([
        0,
        'tsupervise-preload: ORPHAND_SOCKET is not set, or empty, or longer than an address may be\n'
      ])
    }
  })

  it('without a listener a fork and a posix_spawn together take less than a millisecond more', async () => {
    const best = async (run: () => Promise<{ stdout: string }>): Promise<number> => {
      let least = Number.POSITIVE_INFINITY
      for (let turn = 0; turn < 5; turn++) least = Math.min(least, Number((await run()).stdout))
      return least
    }
    const turns = '100'
    const bare = await best(() => preload.runBare(preload.kinds, ['time', turns]))
    const loaded = await best(() => preload.run(preload.kinds, ['time', turns], { ORPHAND_SOCKET: NOBODY }))
    expect(bare).toBeGreaterThan(0)
    // 0.1 s for each of the two is what a wait would cost
    expect(loaded - bare).toBeLessThan(1000)
  })

  it.skipIf(!has('python3'))('a listener that never accepts delays it for a bounded time, and no longer', async () => {
    const processes = new TestProcesses()
    const name = `deaf-${processes.mark}`
    const deaf = spawn(
      'python3',
      [
        '-c',
        'import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind("\\0" + sys.argv[1])\ns.listen(0)\nprint("up", flush=True)\nsys.stdin.read()',
        name
      ],
      { env: processes.environment, stdio: ['pipe', 'pipe', 'inherit'] }
    )
    try {
      await once(deaf.stdout, 'data')
      const ran = await preload.run(preload.kinds, ['time', '2'], { ORPHAND_SOCKET: `@${name}`, ORPHAND_DEBUG: '1' })
      expect(ran.end).toBe(0)
      expect(ran.stderr).toMatch(/registered\n(.*connect failed with errno 11\n){4}$/)
      expect(ran.ms).toBeGreaterThan(150)
      expect(ran.ms).toBeLessThan(10_000)
    } finally {
      deaf.stdin.end()
      await once(deaf, 'exit')
    }
  })

  it('goes by what the fixtures say: they find what disturbs a program', async () => {
    const disturbing = preload.compile('disturbing.so', 'disturbing.c', '-fPIC', '-shared')
    const bare = await preload.runBare(preload.kinds, ['descriptors'])
    const disturbed = await preload.run(preload.kinds, ['descriptors'], { LD_PRELOAD: disturbing })
    expect(disturbed.stdout).not.toBe(bare.stdout)
    const errno = await preload.run(preload.kinds, ['errno'], { LD_PRELOAD: disturbing })
    expect([errno.end, errno.stderr]).toEqual([1, 'not so: errno is 0 at the start\n'])
  })
})
