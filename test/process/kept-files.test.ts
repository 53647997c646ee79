import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createDescriptorBudget } from '../../src/core/linux/descriptors.ts'
import { createKeptFiles, GONE, keptFile } from '../../src/core/process/kept-files.ts'
import { TestProcesses } from '../helpers/processes.ts'

const processes = new TestProcesses()
const folder = mkdtempSync(join(tmpdir(), 'kept-files-'))
afterEach(() => void processes.cleanUp())

/** Files with numbers as their content. */
function filesOf(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, String(i))
    writeFileSync(path, `content ${i}`)
    return keptFile(path)
  })
}

const descriptors = (): number => readdirSync('/proc/self/fd').length

describe.skipIf(process.platform !== 'linux')('kept files', () => {
  test('are read again from the same descriptor, and tell that a process is gone', async () => {
    const files = createKeptFiles(createDescriptorBudget(1024))
    const child = processes.spawn('sleep', ['100'])
    const stat = keptFile(`/proc/${child.pid}/stat`)
    const length = files.read(stat)
    expect(files.buffer.toString('latin1', 0, length)).toContain(`${child.pid} (`)
    const descriptor = stat.descriptor
    expect(files.read(stat)).toBeGreaterThan(0)
    expect(stat.descriptor).toBe(descriptor)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(files.read(stat)).toBe(GONE)
    files.release(stat)
    expect(files.read(stat)).toBe(GONE)
    expect(files.open).toBe(0)
  })

  test('stay within the budget, and are all readable beyond it', () => {
    const before = descriptors()
    const budget = createDescriptorBudget(70)
    const files = createKeptFiles(budget)
    expect(budget.limit).toBe(6)
    const kept = filesOf(50)
    for (let round = 0; round < 20; round++) {
      for (const [i, file] of kept.entries()) {
        const length = files.read(file)
        expect(files.buffer.toString('latin1', 0, length)).toBe(`content ${i}`)
      }
      expect(files.open).toBeLessThanOrEqual(6)
      expect(descriptors()).toBeLessThanOrEqual(before + 6)
    }
    for (const file of kept) files.release(file)
    expect(budget.used).toBe(0)
    expect(descriptors()).toBe(before)
  })

  test('give their place to one that is used more', () => {
    const files = createKeptFiles(createDescriptorBudget(68))
    const kept = filesOf(8)
    const [idle, busy] = [kept.slice(0, 4), kept[7]]
    for (const file of idle) files.read(file)
    expect(files.open).toBe(4)
    if (busy === undefined) throw new Error('no file')
    for (let i = 0; i < 10; i++) files.read(busy)
    expect(busy.descriptor).not.toBe(-1)
    expect(files.open).toBe(4)
    for (const file of kept) files.release(file)
  })

  test('of no such file are gone', () => {
    const files = createKeptFiles(createDescriptorBudget(1024))
    expect(files.read(keptFile('/proc/4194303/stat'))).toBe(GONE)
    rmSync(folder, { recursive: true })
  })
})
