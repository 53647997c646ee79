import { subcommandOf } from './commands/table.ts'
import { parseArguments } from './config/arguments.ts'
import { UserError } from './core/errors.ts'
import { rememberEarlySignals } from './run/pid-one.ts'
import { VERSION } from './run/version.ts'

/** The entry: arguments, which mode, exit code. Each mode loads only what it needs. */
async function main(argv: readonly string[]): Promise<number> {
  const subcommand = subcommandOf(argv)
  if (subcommand !== undefined) return (await subcommand.load()).run(argv.slice(1))

  const parsed = await parseArguments(argv)
  switch (parsed.kind) {
    case 'help':
      console.log(parsed.text)
      return 0
    case 'version':
      console.log(`tsupervise ${VERSION}`)
      return 0
    case 'config': {
      const [{ runConfigCommand }, { surroundings }] = await Promise.all([
        import('./config/config-command.ts'),
        import('./run/surroundings.ts')
      ])
      const answer = await runConfigCommand(parsed, surroundings())
      for (const warning of answer.warnings) console.error(`tsupervise: warning: ${warning}`)
      console.log(answer.output)
      return 0
    }
    case 'run': {
      const { runSupervisor } = await import('./run/run.ts')
      return await runSupervisor(parsed)
    }
  }
}

/** What a person needs to know of an error: a UserError without a stack, everything else is ours to mend. */
function report(error: unknown): number {
  if (error instanceof UserError) {
    console.error(error.message.replace(/^/gm, 'tsupervise: '))
    if (error.next !== undefined) console.error(error.next)
    return error.exitCode
  }
  console.error('tsupervise: this is a bug, please report it:')
  console.error(error)
  return 70
}

rememberEarlySignals()
const code = await main(process.argv.slice(2)).catch(report)
process.exitCode = code
process.exit()
