import { isSubcommand } from './commands/table.ts'
import { parseArguments } from './config/arguments.ts'
import { reportError } from './report-error.ts'
import { rememberEarlySignals } from './run/pid-one.ts'
import { VERSION } from './run/version.ts'

/** The entry: arguments, which mode, exit code. Each mode loads only what it needs. */
async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv
  if (isSubcommand(first)) return await (await import('./commands/dispatch.ts')).runSubcommand(first, rest)

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

rememberEarlySignals()
const code = await main(process.argv.slice(2)).catch(reportError)
process.exitCode = code
process.exit()
