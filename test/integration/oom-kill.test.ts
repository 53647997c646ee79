import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errnoOf } from '../../src/core/errors.ts'
import { memoryCgroupFolder } from '../../src/core/linux/cgroup-mount.ts'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const LIMIT = 260 * 2 ** 20

/** A memory cgroup with a limit, of v1 or v2; or why there is none. */
function limitedCgroup(): { readonly folder: string; readonly reason: string } {
  const own = memoryCgroupFolder(process.pid)
  if (own === undefined) return { folder: '', reason: 'no memory controller to be seen' }
  const folder = join(own, `tsupervise-test-${process.pid}`)
  try {
    mkdirSync(folder)
    const file = ['memory.max', 'memory.limit_in_bytes'].find((name) => existsSync(join(folder, name)))
    if (file !== undefined) {
      writeFileSync(join(folder, file), String(LIMIT))
      return { folder, reason: '' }
    }
    rmdirSync(folder)
    return { folder: '', reason: 'the memory controller is not given to us' }
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return { folder: '', reason: `no memory cgroup can be made: ${code}` }
  }
}

const { folder, reason } = limitedCgroup()

describe.skipIf(reason !== '')(`scenario 22${reason === '' ? '' : ` (${reason})`}`, () => {
  const commands = commandsOfTest()

  test.each(['auto', 'group'])('a worker that the kernel kills for want of memory is named so, containment %s', async (containment) => {
    const command = commands.start(
      {
        watchdog: { enabled: false },
        worker: { command: [fixture('memory-hog.py'), '400'], containment, restart: 'never', after: ['killed'] },
        extensions: { killed: { command: ['sh', '-c', 'kill -9 $$'], restart: 'never' } }
      },
      [],
      { wrapper: ['sh', '-c', `echo $$ >${join(folder, 'cgroup.procs')}; exec "$@"`, 'sh'] }
    )
    const exited = await command.event('node-exited', 'worker')
    expect(exited).toMatchObject({ exitSignal: 'SIGKILL', exitOomKilled: true })
    expect(exited.message).toContain('oom-kill')
    // the control: not every SIGKILL is one
    expect(await command.event('node-exited', 'killed')).toMatchObject({ exitSignal: 'SIGKILL', exitOomKilled: false })
    await command.exit()
  })

  test('the cgroup of this test is taken away', async () => {
    await waitUntil(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8') === '', 'an empty cgroup')
    rmdirSync(folder)
  })
})
