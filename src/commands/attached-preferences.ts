import { parseArguments } from '../config/arguments.ts'
import { loadSettings, type SessionPreferences } from '../config/load.ts'
import { UserError } from '../core/errors.ts'
import { surroundings } from '../run/surroundings.ts'

/** What an attached screen takes from the configuration that is found here (`ui:`), from options and from the environment. */
export type AttachedPreferences = SessionPreferences['interface']

/**
 * A file that was named has to be right. One that is found here may be about another run, or of another version: what is wrong with it
 * costs its `ui:` and a warning, not the screen.
 */
export async function attachedPreferences(options: readonly string[], named: string | undefined): Promise<AttachedPreferences> {
  if (named !== undefined) return await loadPreferences([...options, '--config', named])
  try {
    return await loadPreferences(options)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const preferences = await loadPreferences([...options, '--config', 'none'])
    console.error(`tsupervise: warning: the configuration found here is not used for the screen: ${error.message.split('\n')[0]}`)
    return preferences
  }
}

async function loadPreferences(argv: readonly string[]): Promise<AttachedPreferences> {
  const parsed = await parseArguments(argv)
  if (parsed.kind !== 'run') throw new Error('only options of the screen are given')
  return (await loadSettings(parsed, surroundings())).preferences.interface
}
