import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Programs {
  readonly population: string
  readonly floor: string
  remove(): void
}

/** Compiles the two C programs into a folder of their own. */
export function compilePrograms(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const compile = (name: string): string => {
    const program = join(folder, name)
    execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, `${name}.c`)])
    return program
  }
  return { population: compile('population'), floor: compile('floor'), remove: () => rmSync(folder, { recursive: true }) }
}

export interface Population {
  readonly leader: number
  /** Without the leader. */
  readonly pids: readonly number[]
  end(): Promise<void>
}

/** Starts `count` processes below one leader, `active` of which run a little ten times a second. */
export async function startPopulation(programs: Pick<Programs, 'population'>, count: number, active: number): Promise<Population> {
  const child = spawn(programs.population, [String(count), String(active)], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>((resolve) => void child.on('exit', () => resolve()))
  const { pid: leader, stdout } = child
  if (leader === undefined) throw new Error('the population could not be started')
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: stdout }).once('line', () => resolve())
    child.once('exit', (code) => reject(new Error(`the population ended with ${code}`)))
  })
  const pids = readFileSync(`/proc/${leader}/task/${leader}/children`, 'latin1').trim().split(' ').map(Number)
  return {
    leader,
    pids,
    async end() {
      // the others die with it, by their parent-death signal
      child.kill('SIGKILL')
      await exited
    }
  }
}
