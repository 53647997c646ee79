import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { spawn as spawnPty } from '@lydell/node-pty'
import { afterEach, describe, expect, it } from 'vitest'
import type { Failure } from '../../src/core/errors.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

interface Report {
  readonly what: string
  readonly ms: number
  readonly dropped: number
  readonly problems: readonly Failure[]
}

const FIXTURE = new URL('./fixtures/standard-output.ts', import.meta.url).pathname
const processes = new TestProcesses()
afterEach(() => {
  processes.cleanUp()
})

/** Runs the fixture with this stdout; `go` lets it write its last line. */
function run(count: number, stdout: 'pipe' | number) {
  const child: ChildProcess = processes.spawn(process.execPath, [FIXTURE, String(count)], { stdio: ['pipe', stdout, 'pipe'] })
  const { reports, heard } = listen(child.stderr)
  return { child, heard, reports, go: () => child.stdin?.end('go\n') }
}

function listen(stderr: Readable | null) {
  const reports: Report[] = []
  if (stderr !== null) createInterface({ input: stderr }).on('line', (line) => reports.push(JSON.parse(line) as Report))
  const heard = (what: string): Promise<Report> =>
    waitUntil(
      () => reports.find((report) => report.what === what),
      () => `${what}: ${JSON.stringify(reports)}`
    )
  return { reports, heard }
}

describe('the log on standard output', () => {
  it('comes in full through a pipe that is read', async () => {
    const { child, heard, go } = run(5000, 'pipe')
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    expect(await heard('written')).toMatchObject({ dropped: 0, problems: [] })
    go()
    await waitUntil(() => child.exitCode !== null && child.stdout?.readableEnded, 'the end')
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ').slice(0, 2).join(' '))
    ).toEqual([...Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`), 'after'])
  })

  it('never waits for a reader that does not read; what is too much is lost, counted and reported', async () => {
    const { child, heard, go } = run(50_000, 'pipe')
    const written = await heard('written')
    expect(written.ms).toBeLessThan(5000)
    expect(written.dropped).toBeGreaterThan(10_000)
    let lines = 0
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', () => (lines += 1))
    await waitUntil(
      () => lines >= 50_000 - written.dropped,
      () => `${lines} lines were read`
    )
    go()
    const flushed = await heard('flushed')
    expect(flushed.problems).toEqual([
      { code: 'log-blocked', message: `${written.dropped} lines of the log were lost, because nobody read them` }
    ])
    await waitUntil(() => child.stdout?.readableEnded, 'the end')
    expect(lines).toBe(50_000 - written.dropped + 1)
  })

  it('gives up at the end on a reader that still does not read', async () => {
    const { heard, go } = run(50_000, 'pipe')
    await heard('written')
    go()
    const { ms } = await heard('flushed')
    expect(ms).toBeGreaterThan(2900)
    expect(ms).toBeLessThan(6000)
  })

  it('goes on without a reader that has gone, with one report', async () => {
    const { child, heard, go } = run(10, 'pipe')
    await heard('written')
    child.stdout?.destroy()
    await waitUntil(() => child.stdout?.destroyed, 'the pipe is closed')
    go()
    await heard('flushed')
    await waitUntil(() => child.exitCode !== null, 'the end')
    expect(child.exitCode).toBe(0)
    expect((await heard('flushed')).problems).toEqual([{ code: 'EPIPE', message: 'the log cannot be written: EPIPE' }])
  })

  it('goes on when the disk is full, with one report', async () => {
    const full = openSync('/dev/full', 'w')
    const { heard, go, child } = run(10, full)
    closeSync(full)
    expect(await heard('written')).toMatchObject({ dropped: 10, problems: [{ code: 'ENOSPC' }] })
    go()
    expect(await heard('flushed')).toMatchObject({
      dropped: 11,
      problems: [{ code: 'ENOSPC', message: 'the log cannot be written: ENOSPC' }]
    })
    await waitUntil(() => child.exitCode === 0, 'the end')
  })

  it('is written at once to a file', async () => {
    const path = join(tmpdir(), `log-${processes.mark}`)
    const file = openSync(path, 'w')
    const { heard, go } = run(10, file)
    closeSync(file)
    await heard('written')
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(11)
    go()
    await heard('flushed')
    rmSync(path)
  })

  /** The fixture in a terminal of its own, which is read only when it is told to. */
  function runInTerminal(count: number) {
    const path = join(tmpdir(), `report-${processes.mark}-${count}`)
    const terminal = spawnPty('/bin/sh', ['-c', `exec "${process.execPath}" "${FIXTURE}" ${count} 2>"$REPORT"`], {
      env: { ...(processes.environment as Record<string, string>), REPORT: path },
      cols: 200,
      rows: 50
    })
    terminal.pause()
    const reported = (what: string): Promise<Report> =>
      waitUntil(() => {
        const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
        const reports = text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Report)
        return reports.find((report) => report.what === what)
      }, `a report: ${what}`)
    return { terminal, reported, remove: () => rmSync(path) }
  }

  it('never waits for a terminal that takes nothing', async () => {
    const { terminal, reported, remove } = runInTerminal(50_000)
    expect((await reported('written')).dropped).toBeGreaterThan(10_000)
    const exited = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    terminal.resume()
    terminal.write('go\n')
    await reported('flushed')
    expect(await exited).toBe(0)
    remove()
  })

  it('goes on without a terminal that hung up, with one report', async () => {
    const { terminal, reported, remove } = runInTerminal(10)
    await reported('written')
    ;(terminal as unknown as { destroy(): void }).destroy()
    expect((await reported('flushed')).problems).toEqual([{ code: 'EIO', message: 'the log cannot be written: EIO' }])
    remove()
  })
})
