import { configHelp, mainHelp } from '../config/help.ts'
import { nearest } from '../config/nearest.ts'
import { subcommand } from './subcommand.ts'
import { isSubcommand, SUBCOMMANDS } from './table.ts'

export const run = subcommand('help', async (given) => {
  const [name, ...rest] = given.words
  if (rest.length > 0) throw given.wrong(`${rest[0]?.slice(0, 64)}: unexpected argument`)
  if (isSubcommand(name)) return await (await import('./dispatch.ts')).runSubcommand(name, ['--help'])
  if (name !== undefined && name !== 'config') {
    const meant = nearest(name, [...Object.keys(SUBCOMMANDS), 'config'])
    throw given.wrong(`${name.slice(0, 64)}: no such subcommand${meant === undefined ? '' : `; did you mean ${meant}?`}`)
  }
  console.log(name === undefined ? mainHelp() : configHelp())
  return 0
})
