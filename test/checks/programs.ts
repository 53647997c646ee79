import type { SpawnOptions } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf } from '../../src/core/errors.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/** Programs of one test under names of its own: copies of sleep(1), which look at nothing but their arguments. */
export class Programs {
  readonly processes = new TestProcesses()
  #folder: string | undefined

  /** Made when it is first wanted: tests that are skipped leave nothing. Below /var/tmp, so that every user may execute what is there. */
  get folder(): string {
    if (this.#folder !== undefined) return this.#folder
    this.#folder = mkdtempSync('/var/tmp/tsupervise-programs-')
    chmodSync(this.#folder, 0o755)
    return this.#folder
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Puts the program there. */
  install(name: string, source = '/bin/sleep'): string {
    const path = this.path(name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    copyFileSync(source, path)
    chmodSync(path, 0o755)
    return path
  }

  /** Starts an installed program and waits until it is what runs; gives its pid. */
  async start(name: string, options: SpawnOptions = {}, args: readonly string[] = ['3600']): Promise<number> {
    const path = this.path(name)
    const { pid } = this.processes.spawn(path, args, { stdio: 'ignore', ...options })
    if (pid === undefined) throw new Error(`${path} could not be started`)
    await waitUntil(() => executableOf(pid) === path, `${path} to run as ${pid}`)
    return pid
  }

  dispose(): void {
    this.processes.cleanUp()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }
}

export function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}

export const isRoot = process.geteuid?.() === 0
export const NOBODY = 65_534
