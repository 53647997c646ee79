import { readFileSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import { errnoOf } from '../core/errors.ts'

/** Which machine and which boot the events of this run belong to. */
export interface Origin {
  readonly host: string
  /** Node of the execution ids: NODE_NAME where an orchestrator sets it, else the host name. */
  readonly nodeName: string
  /** /proc/sys/kernel/random/boot_id; elsewhere the minute of the boot. */
  readonly boot: string
}

export function readOrigin(environment: NodeJS.ProcessEnv): Origin {
  const host = hostname()
  return { host, nodeName: environment['NODE_NAME'] || host, boot: bootId() }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return `boot-${Math.round((Date.now() / 1000 - uptime()) / 60)}`
  }
}
