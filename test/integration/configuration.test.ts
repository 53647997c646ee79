import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandsOfTest } from '../helpers/commands.ts'

const commands = commandsOfTest()
const VALID = 'worker: {command: [sleep, "60"]}\n'

test('`config check` refuses a named pipe at once, and reads what the shell hands over', async () => {
  const check = async (path: string, stdin: 'ignore' | number | 'pipe' = 'ignore', text = '') => {
    const command = commands.prepare()
    command.launch(['config', 'check', '-c', path], { stdio: [stdin, 'pipe', 'pipe'] })
    command.child?.stdin?.end(text)
    return { code: (await command.exit()).code, said: `${command.lines.join('\n')}${command.stderr}` }
  }
  const files = commands.prepare()
  const fifo = `${files.folder}/fifo`
  expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
  expect(await check(fifo)).toMatchObject({ code: 2, said: expect.stringContaining('found a named pipe') })
  for (const name of ['-', '/dev/stdin', '/dev/fd/0']) {
    expect(await check(name, 'pipe', VALID)).toEqual({ code: 0, said: `${name} is valid: worker worker, 0 extensions.` })
    expect((await check(name, openSync(files.file('valid.yaml', VALID), 'r'))).code).toBe(0)
  }
})
