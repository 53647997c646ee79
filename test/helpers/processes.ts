import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { Identity } from '../../src/core/process/identity.ts'

/** Identity of a living process (zombies are not), read from /proc; undefined when there is none. */
export function identityOf(pid: number): Identity | undefined {
  const fields = statFields(pid)
  if (fields === undefined || fields.state === 'Z' || fields.state === 'X') return undefined
  return { pid, startTime: fields.startTime }
}

/** Whether this very process still lives. */
export const isAlive = (identity: Identity): boolean => identityOf(identity.pid)?.startTime === identity.startTime

export function statFields(pid: number): { state: string; ppid: number; pgid: number; sid: number; startTime: number } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return undefined
    throw error
  }
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    state: rest[0] ?? '?',
    ppid: Number(rest[1]),
    pgid: Number(rest[2]),
    sid: Number(rest[3]),
    startTime: Number(rest[19])
  }
}

/** Living processes whose environment holds NAME=VALUE: how tests find what they left behind, by identity, never by name. */
export function processesWithEnvironment(name: string, value: string): Identity[] {
  const wanted = `\0${name}=${value}\0`
  const found: Identity[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    if (!readEnvironment(pid).includes(wanted)) continue
    const identity = identityOf(pid)
    if (identity !== undefined) found.push(identity)
  }
  return found
}

/** Every entry between two NUL characters. */
function readEnvironment(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`
  } catch {
    return '' // gone, or another user's: then it is not one of ours
  }
}

/** Kills exactly this process; a pid that was reused is left alone. */
export function killIdentity(identity: Identity, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (isAlive(identity)) process.kill(identity.pid, signal)
}

/** A supervisor takes TSUPERVISE_* that it inherited away from its children; this one passes. */
const MARK_VARIABLE = 'TEST_OF_TSUPERVISE'

/**
 * Children of one test: spawned with a mark in the environment that their descendants inherit.
 * `cleanUp` ends all of them by identity and returns what had been left alive.
 */
export class TestProcesses {
  readonly mark = `${process.pid}-${Math.random().toString(36).slice(2)}`
  readonly environment: NodeJS.ProcessEnv = { ...process.env, TSUPERVISE_TEST: this.mark, [MARK_VARIABLE]: this.mark }

  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    return spawn(command, args, { ...options, env: { ...this.environment, ...options.env } })
  }

  /** Everything of this test that lives now, whoever its parent is. */
  alive(): Identity[] {
    return processesWithEnvironment(MARK_VARIABLE, this.mark)
  }

  cleanUp(): Identity[] {
    const left = this.alive()
    for (const identity of left) killIdentity(identity)
    return left
  }
}
