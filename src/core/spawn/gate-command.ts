import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import type { NodeSettings, ResourceLimit } from '../settings.ts'
import type { ChildEnvironment } from './environment.ts'
import { gateScript } from './gate-script.ts'
import type { Tools } from './tools.ts'
import type { Who } from './users.ts'

export interface GateRequest {
  readonly settings: Pick<NodeSettings, 'argv' | 'umask' | 'rlimits'>
  readonly who: Who | undefined
  readonly environment: ChildEnvironment
  readonly tools: Tools
  /** SIGKILL when the supervisor's main thread ends; PR_SET_PDEATHSIG(2const). */
  readonly parentDeathSignal: boolean
  /** Soft RLIMIT_NOFILE that the supervisor was started with. */
  readonly inheritedNofile: number | undefined
}

const SET_BY_SHELLS = ['PWD', 'OLDPWD']

/**
 * The command line that becomes the gate, outermost first: prlimit (limits need the supervisor's rights), setpriv (user, groups,
 * then the parent-death signal, which a change of user would clear), sh. Each execs the next, so the pid stays.
 * Errors: invalid-command, facility-missing.
 */
export function gateCommand(request: GateRequest): Result<readonly string[]> {
  const { argv } = request.settings
  const wrong = wrongWith(argv, request.environment)
  if (wrong !== undefined) return failure('invalid-command', wrong)
  const limits = prlimitWords(request)
  if (!limits.ok) return limits
  const privileges = setprivWords(request)
  if (!privileges.ok) return privileges
  const program = programWords(request)
  if (!program.ok) return program
  const script = gateScript({
    umask: request.settings.umask,
    nofileSoft: request.settings.rlimits['nofile'] === undefined ? request.inheritedNofile : undefined,
    unset: SET_BY_SHELLS.filter((name) => request.environment.plain[name] === undefined),
    lookUp: program.value === argv ? undefined : argv[0]
  })
  return success([...limits.value, ...privileges.value, request.tools.sh, '-c', script, 'gate', ...program.value])
}

function wrongWith(argv: readonly string[], environment: ChildEnvironment): string | undefined {
  const [program] = argv
  if (program === undefined || program === '') return 'the command is empty; name a program'
  if (program.startsWith('-')) return `the program ${JSON.stringify(program)} begins with a dash; write it with its folder, as ./${program}`
  if (argv.some((word) => word.includes('\0'))) return 'the command holds a NUL character, which no program can be given'
  const variables = [...Object.entries(environment.plain).flat(), ...environment.throughEnv]
  return variables.some((word) => word.includes('\0')) ? 'the environment holds a NUL character, which no program can be given' : undefined
}

/** The command itself, behind env(1) where the shell would lose variables. */
function programWords({ settings: { argv }, environment, tools }: GateRequest): Result<readonly string[]> {
  if (environment.throughEnv.length === 0) return success(argv)
  const names = environment.throughEnv.map((variable) => variable.slice(0, variable.indexOf('='))).join(', ')
  if (tools.env === undefined) return failure('facility-missing', `the variables ${names} need env(1), which is not installed`)
  if (argv[0]?.includes('=')) {
    return failure('invalid-command', `a program whose path holds "=" cannot be given the variables ${names}; rename one of them`)
  }
  return success([tools.env, '--', ...environment.throughEnv, ...argv])
}

function prlimitWords({ settings: { rlimits }, tools }: GateRequest): Result<readonly string[]> {
  const wanted = Object.entries(rlimits)
  if (wanted.length === 0) return success([])
  if (tools.prlimit === undefined) return failure('facility-missing', 'rlimits need prlimit(1), which is not installed; install util-linux')
  return success([tools.prlimit, ...wanted.map(([name, limit]) => `--${name}=${limitPair(limit)}`)])
}

const limitPair = ({ soft, hard }: ResourceLimit): string => [soft, hard].map((n) => (Number.isFinite(n) ? n : 'unlimited')).join(':')

function setprivWords({ who, tools, parentDeathSignal }: GateRequest): Result<readonly string[]> {
  const options = tools.setpriv?.options
  if (who !== undefined && !options?.credentials) {
    return failure('facility-missing', 'another user or group needs the setpriv(1) of util-linux, which is not installed')
  }
  const words = who === undefined ? [] : credentialWords(who)
  if (parentDeathSignal && options?.parentDeathSignal) words.push('--pdeathsig=KILL')
  return success(words.length === 0 || tools.setpriv === undefined ? [] : [tools.setpriv.path, ...words, '--'])
}

function credentialWords({ uid, gid, groups }: Who): string[] {
  const words: string[] = []
  if (uid !== undefined) words.push(`--reuid=${uid}`)
  if (gid !== undefined) words.push(`--regid=${gid}`)
  if (groups.kind === 'keep') words.push('--keep-groups')
  else if (groups.kind === 'initgroups') words.push('--init-groups')
  else words.push(groups.gids.length === 0 ? '--clear-groups' : `--groups=${groups.gids.join(',')}`)
  return words
}
