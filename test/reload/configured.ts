import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArguments } from '../../src/config/arguments.ts'
import { type LoadedSettings, loadSettings } from '../../src/config/load.ts'

/** A configuration file as it would be read, under one name, so that sources are alike. */
export async function configured(text: string, args: readonly string[] = []): Promise<LoadedSettings> {
  const folder = mkdtempSync(join(tmpdir(), 'reload-'))
  try {
    const file = join(folder, 'tsupervise.yaml')
    writeFileSync(file, text, { mode: 0o600 })
    const parsed = await parseArguments(['-c', file, ...args])
    if (parsed.kind !== 'run') throw new Error(`a run was expected, not ${parsed.kind}`)
    const loaded = await loadSettings(parsed, { cwd: '/', env: { PATH: '/bin', XDG_RUNTIME_DIR: '/run/user/1' }, uid: 1 })
    const { settings } = loaded
    return { ...loaded, settings: { ...settings, nodes: settings.nodes.map((node) => ({ ...node, cwd: '/' })) } }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
