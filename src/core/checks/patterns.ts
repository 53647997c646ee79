/** V8's engine that never backtracks. */
const LINEAR = 'l'

const known = new Map<string, RegExp | undefined>()

/**
 * A regular expression that takes time linear in the text, since command lines are anybody's; undefined: it is none, or it
 * cannot be had that way (lookahead, backreferences, counts of hundreds).
 */
export function linearPattern(source: string): RegExp | undefined {
  if (known.size === 0) process.getBuiltinModule('node:v8').setFlagsFromString('--enable-experimental-regexp-engine')
  if (!known.has(source)) known.set(source, compile(source))
  return known.get(source)
}

function compile(source: string): RegExp | undefined {
  try {
    return new RegExp(source, LINEAR)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
