/** So many bytes of a command line are read; what is longer is cut, and flagged `truncArgs`. */
export const MAX_COMMAND_LINE_BYTES = 4096

export interface CommandLine {
  /** Invalid UTF-8 as U+FFFD. */
  readonly argv: readonly string[]
  readonly cut: boolean
}

/**
 * The words of /proc/PID/cmdline, read with one byte more than the limit so that a cut can be told. Programs that write a title over
 * their arguments leave rows of NULs behind, which are no arguments.
 */
export function splitCommandLine(bytes: Buffer, limit = MAX_COMMAND_LINE_BYTES): CommandLine {
  if (bytes.length > limit) return { argv: wordsOf(bytes.subarray(0, wholeCharacters(bytes, limit))), cut: true }
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length
  return { argv: end <= 0 ? [] : wordsOf(bytes.subarray(0, withoutPadding(bytes, end))), cut: false }
}

const wordsOf = (bytes: Buffer): readonly string[] => bytes.toString('utf8').split('\0')

function withoutPadding(bytes: Buffer, end: number): number {
  if (bytes[end - 1] !== 0 || bytes[end - 2] !== 0) return end
  let last = end
  while (last > 0 && bytes[last - 1] === 0) last--
  return last
}

/** The end, at most `limit`, that does not lie within a UTF-8 sequence. */
function wholeCharacters(bytes: Buffer, limit: number): number {
  let end = limit
  while (end > limit - 4 && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return end
}

/**
 * The arguments (without argv[0]) in one line; process cache: arguments. Joined with one blank; one that holds a blank is put in double
 * quotes, preceded by the joining blank even when it is the first. Quotes within are not escaped.
 */
export const joinArguments = (args: readonly string[]): string =>
  args.map((argument, index) => (argument.includes(' ') ? `${index === 0 ? ' ' : ''}"${argument}"` : argument)).join(' ')
