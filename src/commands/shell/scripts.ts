import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

/** The completion script of each shell. */
export const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const
