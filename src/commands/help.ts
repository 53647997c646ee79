import { EXITS, flagOf, HELP, type OptionSpec, type SubcommandSpec } from './spec.ts'

const WIDTH = 80
const COLUMN = 28

/** The page of `tsupervise NAME --help`: at most 80 columns wide. */
export function subcommandHelp(name: string, spec: SubcommandSpec): string {
  const exits = Object.entries(exitsOf(spec)).map(([code, meaning]) => twoColumns(`  ${code}`, meaning, 6))
  return [
    `Usage\n  ${`tsupervise ${name} ${spec.usage}`.trimEnd()}`,
    wrap(spec.text, WIDTH).join('\n'),
    `Options\n${[...spec.options, HELP].map(describeOption).join('\n')}`,
    ...(spec.examples === undefined ? [] : [`Examples\n${spec.examples.map((line) => `  ${line}`).join('\n')}`]),
    `Exit codes\n${exits.join('\n')}`
  ].join('\n\n')
}

/** Its exit codes, ascending. Those that reach no supervisor have only their own and those of usage. */
export function exitsOf(spec: SubcommandSpec): Readonly<Record<number, string>> {
  const reaches = spec.options.some(({ name }) => name === 'control-socket')
  const waits = spec.options.some(({ name }) => name === 'wait')
  const general = Object.entries(EXITS).filter(([code]) => (reaches ? code !== '4' || waits : code === '0' || code === '2'))
  return { ...Object.fromEntries(general), ...spec.exits }
}

function describeOption(option: OptionSpec): string {
  const value = option.value === undefined ? '' : option.optional ? `[=${option.value}]` : ` ${option.value}`
  return twoColumns(`  ${option.short === undefined ? '' : `-${option.short}, `}${flagOf(option)}${value}`, option.help, COLUMN)
}

/** A head, and behind or below it the text in its own column. */
export function twoColumns(head: string, text: string, column: number): string {
  const lines = wrap(text, WIDTH - column)
  const first = head.length + 2 <= column ? `${head.padEnd(column)}${lines.shift() ?? ''}` : head
  return [first, ...lines.map((line) => ' '.repeat(column) + line)].join('\n')
}

/** The text in lines of at most `width`, broken at blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
