import { flagOf, type OptionSpec, type WordKind } from '../spec.ts'
import { shellFlags, shellSubcommands, spellings, valued } from './words.ts'

/** For `eval "$(tsupervise completion bash)"`; bash 4 or later, without bash-completion. */
export function bashScript(): string {
  const subcommands = shellSubcommands()
  const names = subcommands.map(({ name }) => name).join(' ')
  const flags = shellFlags()
  const takers = flags.filter(({ takesValue }) => takesValue).map(({ flag }) => flag)
  return `# bash completion of tsupervise
_tsupervise() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} subcommand= place=0 at word
  local -a which=()
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in
      --) return ;;
      --name | --control-socket)
        if [[ \${COMP_WORDS[at+1]} == = ]]; then ((at++)); fi
        which+=("$word=\${COMP_WORDS[at+1]}"); ((at++)) ;;
      -*) ;;
      =) ((at++)) ;;
      *) if ((at == 1)); then subcommand=$word; elif [[ -n $subcommand ]]; then ((place++)); fi ;;
    esac
  done
  local words=
  case $subcommand in
    '')
      case $previous in
        ${takers.join(' | ')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
      esac
      if [[ $current == -* ]]; then words=${quoted(flags.map(({ flag }) => flag).join(' '))}
      elif ((COMP_CWORD == 1)); then words=${quoted(names)}
      fi ;;
${subcommands.map((subcommand) => branch(subcommand.name, subcommand.options, subcommand.words)).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tsupervise tsupervise`
}

function branch(name: string, options: readonly OptionSpec[], words: readonly WordKind[]): string {
  const values = valued(options).map((option) => {
    const spelled = [flagOf(option), ...(option.short === undefined ? [] : [`-${option.short}`])].join(' | ')
    if (option.choices !== undefined) return `        ${spelled}) words=${quoted(option.choices.join(' '))} ;;`
    if (option.name === 'node') return `        ${spelled}) words=${listed('node')} ;;`
    if (option.name === 'name') return `        ${spelled}) words=${listed('supervisor')} ;;`
    if (option.name === 'signal') return `        ${spelled}) words=${listed('signal')} ;;`
    return `        ${spelled}) COMPREPLY=($(compgen -f -- "$current")); return ;;`
  })
  const places = words.map((kind, place) => `          ${place === words.length - 1 ? '*' : place}) words=${listed(kind)} ;;`)
  return `    ${name})
      case $previous in
${values.join('\n')}
        *) if [[ $current == -* ]]; then words=${quoted(spellings(options).join(' '))}
        else case $place in
${places.length === 0 ? '          *) ;;' : places.join('\n')}
        esac; fi ;;
      esac ;;`.replace(/^\n/gm, '')
}

/** Shell text that gives the words of this kind. */
function listed(kind: WordKind): string {
  if (typeof kind !== 'string') return quoted(kind.join(' '))
  switch (kind) {
    case 'node':
      return `$(tsupervise completion nodes "\${which[@]}" 2>/dev/null)`
    case 'supervisor':
      return '$(tsupervise completion supervisors 2>/dev/null)'
    case 'subcommand':
      return quoted(
        shellSubcommands()
          .map(({ name }) => name)
          .join(' ')
      )
    case 'signal':
      return quoted('HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH')
  }
}

/** In single quotes for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
