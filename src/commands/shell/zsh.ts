import type { OptionSpec, WordKind } from '../spec.ts'
import { flagOf } from '../spec.ts'
import { shellFlags, shellSubcommands } from './words.ts'

/** A file `_tsupervise` in a folder of $fpath, or for eval after compinit. */
export function zshScript(): string {
  const subcommands = shellSubcommands()
  const flags = shellFlags().map(
    ({ flag, help, takesValue }) => `    ${quoted(`${flag}${takesValue ? '=' : ''}[${plain(help)}]${takesValue ? ':value:_files' : ''}`)}`
  )
  return `#compdef tsupervise
# zsh completion of tsupervise
_tsupervise_which() {
  local at
  reply=()
  for ((at = 2; at < $#words; at++)); do
    case $words[at] in
      --name | --control-socket) reply+=("$words[at]=$words[at+1]") ;;
      --name=* | --control-socket=*) reply+=("$words[at]") ;;
    esac
  done
}
_tsupervise_nodes() {
  local -a reply nodes
  _tsupervise_which
  nodes=(\${(f)"$(_call_program nodes tsupervise completion nodes $reply 2>/dev/null)"})
  compadd -a nodes
}
_tsupervise_supervisors() {
  local -a names
  names=(\${(f)"$(_call_program supervisors tsupervise completion supervisors 2>/dev/null)"})
  compadd -a names
}
_tsupervise() {
  local -a subcommands=(
${subcommands.map(({ name, summary }) => `    ${quoted(`${name}:${plain(summary)}`)}`).join('\n')}
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe subcommand subcommands
    return
  fi
  case $words[2] in
${subcommands.map(({ name, options, words }) => branch(name, options, words)).join('\n')}
    *) _arguments -S \\
${flags.join(' \\\n')} \\
    '*:::command:_normal' ;;
  esac
}
if [[ $funcstack[1] == _tsupervise ]]; then _tsupervise "$@"; else compdef _tsupervise tsupervise; fi`
}

function branch(name: string, options: readonly OptionSpec[], words: readonly WordKind[]): string {
  const parts = [...options.flatMap(optionOf), ...words.map((kind, place) => wordOf(kind, place, words.length))]
  return `    ${name}) shift words; ((CURRENT--)); _arguments ${parts.map(quoted).join(' ')} ;;`
}

function optionOf(option: OptionSpec): string[] {
  const help = `[${plain(option.help)}]`
  const action = option.choices === undefined ? (ACTIONS[option.name] ?? '_files') : `(${option.choices.join(' ')})`
  const tail = option.value === undefined ? '' : `${option.optional ? '::' : ':'}${plain(option.value)}:${action}`
  const mark = option.value === undefined ? '' : option.optional ? '=-' : '='
  const long = `${flagOf(option)}${mark}${help}${tail}`
  return option.short === undefined ? [long] : [long, `-${option.short}${option.value === undefined ? '' : '+'}${help}${tail}`]
}

const ACTIONS: Readonly<Record<string, string>> = { node: '_tsupervise_nodes', name: '_tsupervise_supervisors', signal: '_signals' }

/** The last kind also stands for the words that follow. */
function wordOf(kind: WordKind, place: number, count: number): string {
  return `${place === count - 1 ? '*' : String(place + 1)}:${typeof kind === 'string' ? kind : 'word'}:${actionOf(kind)}`
}

function actionOf(kind: WordKind): string {
  if (typeof kind !== 'string') return `(${kind.join(' ')})`
  switch (kind) {
    case 'node':
      return '_tsupervise_nodes'
    case 'supervisor':
      return '_tsupervise_supervisors'
    case 'subcommand':
      return `(${shellSubcommands()
        .map(({ name }) => name)
        .join(' ')})`
    case 'signal':
      return '_signals'
  }
}

/** Nothing that _arguments takes for its own. */
const plain = (text: string): string => text.replace(/[[\]:\\]/g, ' ').replace(/ +/g, ' ')

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
