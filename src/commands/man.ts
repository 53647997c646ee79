import { VERSION } from '../run/version.ts'
import { manPage } from './roff.ts'
import { subcommand } from './subcommand.ts'

export const run = subcommand('man', async (given) => {
  if (given.words.length > 0) throw given.wrong(`${given.words[0]?.slice(0, 64)}: unexpected argument`)
  console.log(manPage(VERSION))
  return 0
})
