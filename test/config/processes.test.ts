import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigFolder } from './folder.ts'

let folder: ConfigFolder
beforeEach(() => {
  folder = new ConfigFolder()
})
afterEach(() => folder.remove())

const processesOf = async (argv: readonly string[], env: NodeJS.ProcessEnv = {}) => (await folder.load(argv, env)).settings.processes

describe('what is remembered and recorded of processes', () => {
  it('is that of managed trees unless told', async () => {
    expect(await processesOf(['--', 'a'])).toEqual({ events: 'managed', cacheSize: 65_536, kubernetes: false })
  })

  it('is told by the file, the environment and options, the later before the earlier', async () => {
    folder.write('tsupervise.yaml', 'worker: {command: [a]}\nprocesses: {events: all, cacheSize: 1000, kubernetes: true}\n')
    expect(await processesOf([])).toEqual({ events: 'all', cacheSize: 1000, kubernetes: true })
    expect(await processesOf([], { TSUPERVISE_PROCESS_EVENTS: 'off' })).toMatchObject({ events: 'off' })
    expect(
      await processesOf(['--process-events', 'managed', '--process-cache-size=2000'], { TSUPERVISE_PROCESS_EVENTS: 'off' })
    ).toMatchObject({
      events: 'managed',
      cacheSize: 2000
    })
    const { provenance } = await folder.load(['--process-cache-size', '99'])
    expect(provenance.get('processes.cacheSize')).toEqual({ kind: 'option', option: '--process-cache-size' })
  })

  it('with a word or number that there is not, is an error that says what was expected', async () => {
    await expect(processesOf(['--process-events', 'some', '--', 'a'])).rejects.toThrow(
      /--process-events: found "some", expected one of off, managed, all/
    )
    await expect(processesOf(['--process-cache-size', '0', '--', 'a'])).rejects.toThrow(/--process-cache-size.*expected .*16/)
    folder.write('tsupervise.yaml', 'worker: {command: [a]}\nprocesses: {evnts: all}\n')
    await expect(processesOf([])).rejects.toThrow(/2:13: unknown key 'evnts'.*did you mean 'events'/)
  })
})
