import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openProcessConnector } from '../../src/core/linux/process-connector.ts'
import { containerIdOf } from '../../src/core/process/details/container.ts'
import { ROOT, RunningCommand } from '../helpers/command.ts'
import { ApiServer } from './api-server.ts'
import type { RecordedProcess } from './recording.ts'

interface Line {
  readonly process_exec?: { readonly process: RecordedProcess; readonly parent?: RecordedProcess }
  readonly process_exit?: { readonly process: RecordedProcess; readonly status?: number; readonly signal?: string }
  readonly node_name: string
  readonly time: string
  readonly source: string
  readonly node?: string
}

const opened = openProcessConnector()
const lacksEvents = opened.ok ? '' : opened.error.message
if (opened.ok) opened.value.close()

let command: RunningCommand
afterEach(() => command.dispose())

/** What was recorded, of the set-aside files too; whole once the command has ended. */
function records(): Line[] {
  const names = existsSync(command.stateFolder)
    ? readdirSync(command.stateFolder).filter((name) => name.startsWith('process-events.jsonl'))
    : []
  const text = names
    .sort()
    .reverse()
    .map((name) => readFileSync(join(command.stateFolder, name), 'utf8'))
    .join('')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
}

const worker = (script: string): object => ({ worker: { command: ['/bin/sh', '-c', script], restart: 'never' } })

describe.skipIf(process.platform !== 'linux')('the command', () => {
  test.skipIf(lacksEvents !== '')(`records the managed tree, in ids that join with its events and receipts ${lacksEvents}`, async () => {
    command = RunningCommand.start(worker('sleep 0.3; sh -c "exit 4" --token=abcdef; exec sleep 1000'), [], {
      env: { NODE_NAME: 'named-node' }
    })
    await command.until(() => records().some(({ process_exec: exec }) => exec?.process.arguments === '1000'), 'the last exec')
    await command.stop()
    const lines = records()
    expect(lines.every(({ node_name: name }) => name === 'named-node')).toBe(true)
    const execs = lines.flatMap(({ process_exec: exec, node }) => (exec !== undefined && node === 'worker' ? [exec] : []))
    const exits = lines.flatMap(({ process_exit: exit, node }) => (exit !== undefined && node === 'worker' ? [exit] : []))
    const [started] = command.of('node-started')
    expect(execs.map(({ process }) => process.exec_id)).toContain(started?.['execId'])
    // the leader was killed by the shutdown, and its end is the last that is told
    expect(exits.at(-1)).toMatchObject({ process: { pid: started?.pid, arguments: '1000' }, signal: 'SIGTERM' })
    expect(exits.some(({ status }) => status === 4)).toBe(true)
    expect(JSON.stringify(lines)).not.toContain('abcdef')
    // every parent that is named was told
    const told = new Set(lines.map((line) => (line.process_exec ?? line.process_exit)?.process.exec_id))
    for (const { process } of execs) expect(told).toContain(process.parent_exec_id)
    const receipt = command.eventFile().find(({ type }) => type === 'receipt-closed')?.['receipt'] as {
      ancestry: { pid: number; execId: string }[]
    }
    expect(receipt.ancestry.map(({ pid }) => pid)).toContain(command.pid)
    expect(receipt.ancestry.at(-1)?.pid).toBe(0)
    expect(told).toContain(receipt.ancestry.find(({ pid }) => pid === command.pid)?.execId)
  })

  test('records nothing when told so, and receipts still have their ancestry', async () => {
    command = RunningCommand.start(worker('exec sleep 1000'), ['--process-events', 'off'])
    await command.event('node-started')
    await command.stop()
    expect(records()).toEqual([])
    const receipt = command.eventFile().find(({ type }) => type === 'receipt-closed')?.['receipt'] as { ancestry: { pid: number }[] }
    expect(receipt.ancestry[0]?.pid).toBe(command.pid)
  })

  test('records all of the host when told so', async () => {
    command = RunningCommand.start(worker('exec sleep 1000'), ['--process-events', 'all'])
    await command.event('node-started')
    const stranger = command.processes.spawn('/bin/sleep', ['4711.5'], { stdio: 'ignore' })
    await command.until(
      () => records().some(({ process_exec: exec }) => exec?.process.pid === stranger.pid && exec?.process.arguments === '4711.5'),
      'the stranger'
    )
    stranger.kill('SIGKILL')
    await command.until(() => records().some(({ process_exit: exit }) => exit?.process.pid === stranger.pid), 'the end of the stranger')
    expect(records().find(({ process_exec: exec }) => exec?.process.pid === stranger.pid)?.node).toBeUndefined()
    await command.stop()
  })

  test('without the library for clusters says how to get it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bare-'))
    for (const part of ['bin', 'dist', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
    command = new RunningCommand()
    command.launch(['--no-ui', '--kubernetes', '--', 'sleep', '1000'], { program: join(folder, 'bin/tsupervise.js') })
    const { code } = await command.exit()
    rmSync(folder, { recursive: true })
    expect(code).toBe(2)
    expect(command.stderr).toContain('--kubernetes needs the library @kubernetes/client-node')
    expect(command.stderr).toContain('npm install @kubernetes/client-node')
  })

  const container = containerIdOf(readFileSync('/proc/self/cgroup', 'utf8'))
  const lacksContainer = lacksEvents !== '' ? lacksEvents : container === undefined ? 'runs in no container' : ''
  test.skipIf(lacksContainer !== '')(
    `names the pod of its processes, also when that is known a little later ${lacksContainer}`,
    async () => {
      const api = new ApiServer()
      await api.listen()
      command = new RunningCommand()
      const env = { KUBECONFIG: command.file('kubeconfig', api.configuration), NODE_NAME: 'my-node' }
      const file = command.file('tsupervise.json', JSON.stringify({ name: 'test', ...worker('exec sleep 1000') }))
      command.launch(['--no-ui', '--log-format', 'json', '--config', file, '--kubernetes'], { env })
      await command.event('node-started')
      await command.until(() => api.watchers === 1, 'the watch')
      const isIt = ({ process_exec: exec }: Line): boolean => exec?.process.arguments === '1000'
      expect(records().some(isIt)).toBe(false)
      api.put('web', (container ?? '').padEnd(64, '0'), {
        generateName: 'web-',
        ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }]
      })
      const found = await command.until(() => records().find(isIt), 'the record')
      expect(found.process_exec?.process['pod']).toMatchObject({
        namespace: 'default',
        name: 'web',
        workload: 'web',
        workload_kind: 'StatefulSet'
      })
      expect(found.process_exec?.process['docker']).toBe(container)
      await command.stop()
      await api.close()
    }
  )
})
