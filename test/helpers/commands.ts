import { afterEach, expect } from 'vitest'
import { RunningCommand, type StartOptions } from './command.ts'

/**
 * For one test file: gives what starts commands. After each test all of them are ended; a run that had ended already
 * must have left no process behind.
 */
export function commandsOfTest() {
  const commands: RunningCommand[] = []

  afterEach(async () => {
    for (const command of commands.splice(0)) {
      const { hasEnded } = command
      const log = command.log()
      const left = await command.dispose()
      if (hasEnded) expect(left, `processes left by a run that had ended:\n${log}`).toEqual([])
    }
  })

  const add = (command: RunningCommand): RunningCommand => {
    commands.push(command)
    return command
  }

  return {
    /** The built command with this configuration, as the YAML file would have it. */
    start: (configuration: object, args: readonly string[] = [], options: StartOptions = {}): RunningCommand =>
      add(RunningCommand.start(configuration, args, options)),
    /** The built command with these arguments alone. */
    launch(args: readonly string[], options: StartOptions = {}): RunningCommand {
      const command = add(new RunningCommand())
      command.launch(args, options)
      return command
    },
    /** Not started yet: the test writes files first. */
    prepare: (): RunningCommand => add(new RunningCommand())
  }
}
