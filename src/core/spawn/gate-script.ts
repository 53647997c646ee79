/** What the gate does to itself before it becomes the program. */
export interface GateSteps {
  readonly umask: number | undefined
  /** Soft RLIMIT_NOFILE to go back to; Infinity: unlimited. undefined: as inherited. */
  readonly nofileSoft: number | undefined
  /** Variables that a shell sets although the environment does not have them. */
  readonly unset: readonly string[]
  /** Looked up before an `env` takes over that would hide a failed exec; undefined: exec says so itself. */
  readonly lookUp: string | undefined
}

/** A name that no environment has: assigning to an exported variable would change what the program gets. */
const OWN_NAME = 'TSUPERVISE_GATE'

/**
 * The program that every child is until it may run, for any POSIX sh; reaper: "One gate for every child". $@ is the command.
 * Descriptor 3 is a socket to the supervisor. The gate reads `go`; end of file means that the supervisor is gone, so the
 * program must not run. It writes `exec` when everything is set up. The shell keeps its own copy of descriptor 3
 * close-on-exec, so end of file after `exec` means that the program runs; `fail 126` or `fail 127` before it, that it could not.
 */
export function gateScript(steps: GateSteps): string {
  const lines = [
    'shopt -s execfail 2>/dev/null', // bash leaves without the trap otherwise; unknown and harmless elsewhere
    `trap 'printf "fail %s\\n" "$?" >&3' EXIT`,
    `read -r ${OWN_NAME} <&3 || exit 125`
  ]
  if (steps.umask !== undefined) lines.push(`umask ${steps.umask.toString(8).padStart(4, '0')}`)
  if (steps.nofileSoft !== undefined) lines.push(`ulimit -S -n ${limitWord(steps.nofileSoft)} 2>/dev/null || :`)
  if (steps.unset.length > 0) lines.push(`unset ${steps.unset.join(' ')}`)
  lines.push(`printf 'exec\\n' >&3`)
  if (steps.lookUp !== undefined) {
    lines.push(`${OWN_NAME}=$(command -v -- ${shellWord(steps.lookUp)}) || exit 127`)
    lines.push(`case $${OWN_NAME} in */*) [ -x "$${OWN_NAME}" ] || exit 126 ;; esac`)
  }
  lines.push('{ exec "$@"; } 3>&-')
  return lines.join('\n')
}

const limitWord = (limit: number): string => (Number.isFinite(limit) ? String(limit) : 'unlimited')

/** One word of a shell, whatever it holds. */
const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

export type GateOutcome =
  | { readonly kind: 'running' }
  /** As of exec in a shell: 126 found but not executable, 127 not found. */
  | { readonly kind: 'exec-failed'; readonly status: number }
  | { readonly kind: 'setup-failed' }

/** What the gate told until its end of file. */
export function gateOutcome(said: string): GateOutcome {
  const lines = said.split('\n')
  if (lines[0] !== 'exec') return { kind: 'setup-failed' }
  const failed = lines.find((line) => line.startsWith('fail '))
  return failed === undefined ? { kind: 'running' } : { kind: 'exec-failed', status: Number(failed.slice('fail '.length)) }
}
