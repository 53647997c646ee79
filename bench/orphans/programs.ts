import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface CompiledPrograms {
  readonly families: string
  /** As for the sampler: sleeping processes, and the least that looking at each of them costs. */
  readonly population: string
  readonly floor: string
  remove(): void
}

/** Compiles the C programs into a folder of their own. */
export function compileAll(): CompiledPrograms {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const compile = (name: string, source: string): string => {
    const program = join(folder, name)
    execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, source)])
    return program
  }
  return {
    families: compile('families', 'families.c'),
    population: compile('population', '../sampling/population.c'),
    floor: compile('floor', '../sampling/floor.c'),
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}

export interface Family {
  readonly index: number
  readonly parent: number
  readonly child: number
}

/** Parents with one child each, which can be ended; how long each child lived after its parent is measured beside them. */
export class Families {
  readonly #process: ChildProcess
  readonly #lines: string[] = []
  #waiting: (() => void) | undefined

  constructor(program: string) {
    this.#process = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#process.stdout === null) throw new Error('no output')
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.#lines.push(line)
      this.#waiting?.()
    })
  }

  async make(count: number): Promise<readonly Family[]> {
    const rows = await this.#ask(`make ${count}`, count)
    return rows.map(([index = 0, parent = 0, child = 0]) => ({ index, parent, child }))
  }

  end({ index }: Family): void {
    this.#process.stdin?.write(`kill ${index}\n`)
  }

  /** Parent's death to child's signal, ms, of so many families whose parents were ended. */
  async delays(count: number): Promise<readonly number[]> {
    return (await this.#ask(`collect ${count}`, count)).map(([, us = Number.NaN]) => us / 1000)
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.stdin?.end()
    await ended
  }

  async #ask(order: string, answers: number): Promise<readonly (readonly number[])[]> {
    this.#process.stdin?.write(`${order}\n`)
    const deadline = performance.now() + 60_000
    while (this.#lines.length < answers) {
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`${order}: ${this.#lines.length} of ${answers} answers after 60 s`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#waiting = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.#lines.splice(0, answers).map((line) => line.split(' ').map(Number))
  }
}
