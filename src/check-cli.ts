import { run } from './commands/check.ts'

/** The entry of `tsupervise check` alone: it is started again and again, and most of a short run is the loading of files. */
process.exitCode = await run(process.argv.slice(3)).catch((error: unknown) => {
  console.error('tsupervise: this is a bug, please report it:')
  console.error(error)
  return 70
})
process.exit()
