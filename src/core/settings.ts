import type { Rule } from './checks/rule.ts'

/** What a run is made of, after defaults, level, file, environment and options were merged. Made by src/config. */

/** Where an effective value came from. */
export type Source =
  | { readonly kind: 'default' }
  | { readonly kind: 'level'; readonly level: WatchdogLevel }
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'flagfile'; readonly file: string; readonly line: number; readonly flag: string }
  | { readonly kind: 'option'; readonly option: string }
  | { readonly kind: 'hot-edit'; readonly at: string }

export interface Sourced<T> {
  readonly value: T
  readonly source: Source
}

export type WatchdogLevel = 'normal' | 'restrictive' | 'disabled'
export type Compat = 'none' | 'osquery' | 'orphand'
export type SignalName = NodeJS.Signals
export type NodeKind = 'worker' | 'extension'

/** What the watchdog holds a node to; watchdog.md, "Limits by level". */
export interface Limits {
  /** Growth above the baseline that is still allowed, bytes. */
  readonly memory: Sourced<number>
  /** How long memory may stay above its limit, ms; 0: one sample is enough. */
  readonly memoryLatency: Sourced<number>
  /** Percent of all logical CPUs, at most 100. */
  readonly cpu: Sourced<number>
  /** How long the CPU may stay above `cpu`, ms. */
  readonly latency: Sourced<number>
}

export type LimitField = keyof Limits | 'respawnLimit'

export interface RespawnPolicy {
  /** Uses of the budget allowed within `window`. */
  readonly limit: Sourced<number>
  readonly windowMs: number
  /** A process that lived less than this ended "too quickly". */
  readonly minUptimeMs: number
  /** Base of the back-off. */
  readonly delayMs: number
  readonly maxDelayMs: number
  /** 0..1, share of the back-off added at random. */
  readonly jitter: number
  readonly onExhausted: 'shutdown' | 'fail'
}

export type RestartPolicy = 'always' | 'on-failure' | 'never'

export interface StopPolicy {
  /** First signal of a limit stop. `auto`: SIGUSR1 where the leader catches it and is no JavaScript runtime. */
  readonly warnSignal: 'auto' | 'none' | SignalName
  readonly signal: SignalName
  /** Between `signal` and SIGKILL on a limit stop, ms (watchdog_forced_shutdown_delay). */
  readonly graceMs: number
  /** The same on a commanded stop and at shutdown. */
  readonly commandedGraceMs: number
}

export type Probe =
  | { readonly kind: 'exec'; readonly argv: readonly string[] }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: string; readonly expectStatus: readonly [number, number] }

export type Readiness =
  | { readonly kind: 'none' }
  | { readonly kind: 'line'; readonly pattern: string; readonly timeoutMs: number }
  | { readonly kind: 'notify'; readonly timeoutMs: number }
  | { readonly kind: 'probe'; readonly probe: Probe; readonly intervalMs: number; readonly timeoutMs: number }

export interface HealthCheck {
  readonly probe: Probe
  readonly intervalMs: number
  /** For one attempt. */
  readonly timeoutMs: number
  /** Failures in a row that stop the node. */
  readonly failures: number
  /** No check before this much uptime. */
  readonly startPeriodMs: number
}

export interface LogSettings {
  /** Lines kept in memory for each stream. */
  readonly ringLines: number
  /** Also written here, both streams; undefined: nowhere. */
  readonly file: string | undefined
  readonly maxFileBytes: number
  readonly maxFiles: number
  /** Whether headless mode repeats the lines on the supervisor's own stdout. */
  readonly echo: boolean
}

export interface ResourceLimit {
  /** undefined: leave as inherited; `unlimited` is Infinity. */
  readonly soft: number
  readonly hard: number
}

export interface Credentials {
  /** Name or number; undefined: as the supervisor. */
  readonly user: string | undefined
  readonly group: string | undefined
  /** undefined: those of `user` (initgroups), or the supervisor's when there is no user. */
  readonly supplementaryGroups: readonly string[] | undefined
}

export type Containment = 'auto' | 'cgroup' | 'subreaper' | 'group'

export interface NodeSettings {
  /** Unique, 1 to 64 of [A-Za-z0-9._-]. */
  readonly name: string
  readonly kind: NodeKind
  /** A shell string becomes ['/bin/sh', '-c', string]. */
  readonly argv: readonly string[]
  readonly cwd: string
  /** Complete environment of the child, before the supervisor's own variables are removed and the cookie is added. */
  readonly env: Readonly<Record<string, string>>
  readonly credentials: Credentials
  readonly umask: number | undefined
  /** Keys as in prlimit(1): nofile, nproc, as, core, cpu, data, fsize, memlock, stack, ... */
  readonly rlimits: Readonly<Record<string, ResourceLimit>>
  readonly stop: StopPolicy
  readonly scope: 'tree' | 'process'
  readonly containment: Containment
  /** leave: it runs on when the supervisor is killed, with its output in `log.file`, and the next start takes it over. */
  readonly onSupervisorDeath: 'stop' | 'leave'
  /** false: the watchdog does not look at this node (extensions under osquery's default). */
  readonly watched: boolean
  /** Measure and write receipts, signal nothing. */
  readonly observe: boolean
  readonly limits: Limits
  readonly respawn: RespawnPolicy
  readonly restart: RestartPolicy
  readonly successCodes: readonly number[]
  /** No limit stop before this much uptime (watchdog_delay), ms. */
  readonly delayMs: number
  readonly enabled: boolean
  /** Names of nodes that must be ready before this one starts. */
  readonly after: readonly string[]
  readonly readiness: Readiness
  readonly health: HealthCheck | undefined
  readonly log: LogSettings
}

export interface Hook {
  /** Event types, as in core/events.ts, or `before-limit-stop`. */
  readonly on: readonly string[]
  readonly argv: readonly string[]
  readonly timeoutMs: number
}

export type LogFormat = 'json' | 'text'

/** How one orphan is ended. */
export interface OrphanTerms {
  /** To the child of a dead parent. */
  readonly signal: SignalName
  /** From it to SIGKILL, ms. */
  readonly graceMs: number
  readonly scope: 'child' | 'tree'
}

/** The orphan reaper; its terms are for the pairs that were registered without any. */
export interface OrphanSettings extends OrphanTerms {
  /** A path, or an abstract name as `@name`; undefined: pairs are registered by commands alone. */
  readonly socket: string | undefined
  readonly socketMode: 0o600 | 0o660 | 0o666
  /** Between two looks at what has no pidfd, ms. */
  readonly intervalMs: number
  /** A second instance with the same one does not start. */
  readonly lockfile: string | undefined
  /** false: those looks take whoever has a pid for the process that had it (orphand's --no-procfs). */
  readonly compareStartTimes: boolean
  /** 1 actions, 2 refusals too, 3 registrations too, 4 every message. */
  readonly debugLevel: 1 | 2 | 3 | 4
}

/** Where the control API is served. */
export type ControlSocket =
  | { readonly kind: 'none' }
  /** Nobody asked for this path: a run without it goes on. */
  | { readonly kind: 'default'; readonly path: string }
  | { readonly kind: 'explicit'; readonly path: string }
  /** There is no place for it, and nobody asked for it. */
  | { readonly kind: 'no-folder'; readonly detail: string }

export interface ControlSettings {
  readonly socket: ControlSocket
  /** Name or number; its members may use the socket too. */
  readonly group: string | undefined
  /** What they may do: look, or everything. */
  readonly groupMay: 'read' | 'all'
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export interface MetricsSettings {
  /** Served there over HTTP too, to whoever can connect; undefined: on the control socket alone. */
  readonly listen: ListenAddress | undefined
  /** Written there at each check; undefined: nowhere. */
  readonly textfile: string | undefined
}

/** The process cache. */
export interface ProcessSettings {
  /** Whose execs and exits are recorded in the state folder. */
  readonly events: 'off' | 'managed' | 'all'
  /** Images remembered at most. */
  readonly cacheSize: number
  /** Whether the cluster is asked for pods. */
  readonly kubernetes: boolean
}

/** What is done when a rule comes to fail, besides telling. */
export type CheckAction =
  | { readonly kind: 'alert' }
  /** Ends the processes that are too many. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'restart'; readonly node: string }
  /** With the finding as JSON on its stdin. */
  | { readonly kind: 'run'; readonly argv: readonly string[]; readonly timeoutMs: number }

export interface ConfiguredCheck {
  /** Unique. */
  readonly name: string
  readonly rule: Rule
  readonly action: CheckAction
}

/** The process checks that run inside the supervisor. */
export interface CheckSettings {
  /** Between two evaluations, ms. */
  readonly intervalMs: number
  /** How long a rule must fail throughout, ms. */
  readonly settleMs: number
  readonly rules: readonly ConfiguredCheck[]
}

export interface Settings {
  /** Names the run: title of the screen, folder of its state. */
  readonly name: string
  readonly compat: Compat
  readonly level: Sourced<WatchdogLevel>
  /** Between two checks of the watchdog, ms. */
  readonly intervalMs: number
  readonly dryRun: boolean
  readonly sampler: 'auto' | 'procfs' | 'portable'
  /** Worker first if there is one, then extensions in the order of the configuration. */
  readonly nodes: readonly NodeSettings[]
  /** Resident size at which the supervisor gives up itself, bytes. */
  readonly ownMemoryLimit: Sourced<number>
  readonly hooks: readonly Hook[]
  /** Patterns (JavaScript regular expressions, flag g and i) whose matches are replaced in shown command lines. */
  readonly redact: readonly string[]
  readonly log: {
    /** undefined: text on a terminal, JSON elsewhere. */
    readonly format: LogFormat | undefined
    /** Also written here. */
    readonly file: string | undefined
    readonly debug: boolean
  }
  /** Folder of the event file; undefined: keep no file. */
  readonly stateDir: string | undefined
  readonly onHangup: 'continue' | 'stop'
  readonly exitWithWorker: boolean
  readonly orphans: OrphanSettings
  readonly control: ControlSettings
  readonly metrics: MetricsSettings
  readonly processes: ProcessSettings
  readonly checks: CheckSettings
  /** From signal to signal or `ignore`, for what headless mode forwards to the worker. */
  readonly signals: Readonly<Partial<Record<SignalName, SignalName | 'ignore'>>>
}
