import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../core/ports.ts'
import { BridgeError, bridgeConnection } from './bridge-connection.ts'
import { controlFailure } from './failure.ts'
import type { Transport } from './transport.ts'

/** A master without connections stays so long: also that of a client that was killed. */
const PERSIST_S = 30
/** A line that is dead is noticed after three of them. */
const ALIVE_S = 5
const CONNECT_S = 10
const EXIT_MS = 2000

export interface SshTarget {
  /** As ssh takes it; checked by readTarget. */
  readonly host: string
  readonly name: string | undefined
  readonly label: string
  /** How tsupervise is called there; a shell reads it. */
  readonly remoteCommand: string
}

/** Control sockets on another host, through the user's own ssh: one connection to the host, a bridge for each of ours. */
export function sshTransport(target: SshTarget, clock: Clock): Transport {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-ssh-'))
  let batch = false
  const run = (words: readonly string[]) =>
    spawn('ssh', [...sshOptions(join(folder, 'm'), batch), ...words], { stdio: ['pipe', 'pipe', 'pipe'] })

  return {
    label: target.label,
    connect: (): Duplex => bridgeConnection(run(['--', target.host, remoteWords(target)]), target.label, clock),
    explain: (error) =>
      error instanceof BridgeError
        ? error.failure
        : controlFailure('unreachable', 'connection-lost', `the connection to ${target.label} broke: ${error.message}`).error,
    silence: () => {
      batch = true
    },
    async close() {
      const leaving = run(['-O', 'exit', '--', target.host])
      leaving.stdin.destroy()
      await new Promise<void>((resolve) => {
        clock.after(EXIT_MS, resolve)
        leaving.on('error', () => resolve())
        leaving.on('exit', () => resolve())
      })
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** `batch`: ssh asks nothing, because a screen is on the terminal. Pure. */
export const sshOptions = (controlPath: string, batch: boolean): readonly string[] => [
  '-T',
  ...Object.entries({
    ControlMaster: 'auto',
    ControlPath: controlPath,
    ControlPersist: PERSIST_S,
    ConnectTimeout: CONNECT_S,
    ServerAliveInterval: ALIVE_S,
    ServerAliveCountMax: 3,
    ...(batch ? { BatchMode: 'yes' } : {})
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])
]

/** A supervisor's name has no character that a shell looks at. */
const remoteWords = ({ remoteCommand, name }: SshTarget): string => `${remoteCommand} bridge${name === undefined ? '' : ` --name ${name}`}`
