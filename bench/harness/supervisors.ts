import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findPm2, onPath } from './peers.ts'

/** A supervisor under measurement: how to run one program for ever under it, with as little delay as it can. */
export interface Supervisor {
  readonly name: string
  /** How many of it take turns: more than one where it waits a second between two starts of a program. */
  readonly lanes: number
  /** Of the kills of a full measurement: less for one that takes a second for each. */
  readonly share: number
  /** Starts it; the program is `command`. The pid is the process whose memory and CPU count. */
  start(
    folder: string,
    command: readonly string[],
    environment: NodeJS.ProcessEnv
  ): { readonly process: ChildProcess; readonly stop: () => Promise<void> }
}

const root = resolve(import.meta.dirname, '../..')
export const bundledNode = join(root, 'node_modules/.bin/node')
export const entry = join(root, 'bin/tsupervise.js')

/** Ends a child that this program started, and waits for it. */
async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolveEnd) => child.once('exit', resolveEnd))
  child.kill(signal)
  await ended
}

const quiet = { stdio: 'ignore' } as const
const usual = { lanes: 1, share: 1 } as const

const configured = (name: string, containment: 'auto' | 'subreaper'): Supervisor => ({
  name,
  ...usual,
  start(folder, command, env) {
    const config = join(folder, 'tsupervise.yaml')
    const respawn = { limit: 100_000, minUptime: '0s', delay: '0s', maxDelay: '0s' }
    writeFileSync(config, JSON.stringify({ name: 'bench', worker: { command, containment, restart: 'always', respawn } }), { mode: 0o600 })
    const state = { TSUPERVISE_STATE_DIR: join(folder, 'state') }
    const child = spawn(bundledNode, [entry, '--no-ui', '--config', config], { ...quiet, env: { ...env, ...state } })
    return { process: child, stop: () => end(child) }
  }
})

export const tsupervise = configured('tsupervise', 'auto')
export const tsuperviseWithoutCgroup = configured('tsupervise, containment: subreaper', 'subreaper')

/** As short as it can be said: no option, no file. */
export const tsuperviseCommand: Supervisor = {
  name: 'tsupervise -- COMMAND',
  ...usual,
  start(folder, command, env) {
    const state = { TSUPERVISE_STATE_DIR: join(folder, 'state') }
    const child = spawn(bundledNode, [entry, '--', ...command], { ...quiet, cwd: folder, env: { ...env, ...state } })
    return { process: child, stop: () => end(child) }
  }
}

export const naiveLoop: Supervisor = {
  name: 'naive Node loop',
  ...usual,
  start(folder, command, env) {
    const script = join(folder, 'loop.mjs')
    writeFileSync(
      script,
      `import { spawn } from 'node:child_process'
const [command, ...args] = ${JSON.stringify(command)}
let child
const start = () => { child = spawn(command, args, { stdio: 'ignore' }); child.on('exit', start) }
process.on('SIGTERM', () => { child.removeAllListeners('exit'); child.kill(); process.exit(0) })
start()
`
    )
    const child = spawn(bundledNode, [script], { ...quiet, env })
    return { process: child, stop: () => end(child) }
  }
}

export const supervisord: Supervisor = {
  name: 'supervisord',
  ...usual,
  share: 0.2,
  start(folder, command, env) {
    const config = join(folder, 'supervisord.conf')
    const [program = '', ...args] = command
    const line = [program, ...args.map((argument) => `'${argument.replaceAll('%', '%%')}'`)].join(' ')
    writeFileSync(
      config,
      `[supervisord]
nodaemon=true
pidfile=${folder}/supervisord.pid
logfile=/dev/null
logfile_maxbytes=0
user=${process.getuid?.() === 0 ? 'root' : ''}
[program:bench]
command=${line}
autorestart=true
startsecs=0
startretries=1000000
stopasgroup=true
killasgroup=true
`
    )
    const child = spawn('supervisord', ['-c', config], { ...quiet, env })
    return { process: child, stop: () => end(child) }
  }
}

export const runsv: Supervisor = {
  name: 'runsv',
  lanes: 12,
  share: 1,
  start(folder, command, env) {
    const service = join(folder, 'service')
    mkdirSync(service)
    const [program = '', ...args] = command
    const words = [program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    writeFileSync(join(service, 'run'), `#!/bin/sh\nexec ${words}\n`)
    chmodSync(join(service, 'run'), 0o755)
    const child = spawn('runsv', [service], { ...quiet, env })
    return { process: child, stop: () => end(child) }
  }
}

/** Runs in the foreground, so that the daemon is the process that is started. */
const pm2 = (bin: string): Supervisor => ({
  name: 'pm2 daemon',
  ...usual,
  start(folder, command, env) {
    const home = join(folder, 'pm2')
    mkdirSync(home)
    const environment = { ...env, PM2_HOME: home, PM2_DISCRETE_MODE: 'true' }
    const [program = '', ...args] = command
    writeFileSync(
      join(home, 'bench.config.json'),
      JSON.stringify({
        apps: [
          {
            name: 'bench',
            script: program,
            args,
            interpreter: 'none',
            autorestart: true,
            min_uptime: 0,
            max_restarts: 1_000_000,
            restart_delay: 0,
            out_file: '/dev/null',
            error_file: '/dev/null'
          }
        ]
      })
    )
    const child = spawn(bundledNode, [bin, 'start', '--no-daemon', join(home, 'bench.config.json')], { ...quiet, env: environment })
    return {
      process: child,
      stop: async () => {
        execFileSync(bundledNode, [bin, 'kill'], { env: environment, stdio: 'ignore' })
        await end(child)
      }
    }
  }
})

/** The peers that this machine has; what is missing is said once. */
export function availablePeers(): readonly Supervisor[] {
  const bin = findPm2()
  return [...(onPath('supervisord') ? [supervisord] : []), ...(onPath('runsv') ? [runsv] : []), ...(bin === undefined ? [] : [pm2(bin)])]
}
