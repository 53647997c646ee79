import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArguments } from '../../src/config/arguments.ts'
import type { Surroundings } from '../../src/config/find.ts'
import { type ConfiguredArguments, type LoadedSettings, loadSettings } from '../../src/config/load.ts'
import { UserError } from '../../src/core/errors.ts'

/** A folder of one test that only its owner can write to, with a small environment of its own. */
export class ConfigFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'tsupervise-config-')))
  readonly uid = process.getuid?.() ?? 0

  write(name: string, content: string | Buffer, mode = 0o644): string {
    const path = join(this.path, name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    writeFileSync(path, content, { mode })
    return path
  }

  surroundings(env: NodeJS.ProcessEnv = {}): Surroundings {
    return { cwd: this.path, env: { HOME: join(this.path, 'home'), ...env }, uid: this.uid, systemFolder: join(this.path, 'etc') }
  }

  /** What a run with these arguments and this environment would do. */
  async load(argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<LoadedSettings> {
    const parsed = await parseArguments(argv)
    if (parsed.kind !== 'run' && parsed.kind !== 'config') throw new Error(`a ${parsed.kind}`)
    return loadSettings(parsed satisfies ConfiguredArguments, this.surroundings(env))
  }

  /** The message of the UserError that this run ends with. */
  async refusal(argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<UserError> {
    try {
      await this.load(argv, env)
    } catch (error) {
      if (error instanceof UserError) return error
      throw error
    }
    throw new Error('it was accepted')
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
