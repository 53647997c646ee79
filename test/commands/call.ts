import { spawn } from 'node:child_process'
import { COMMAND } from '../helpers/command.ts'

export interface Called {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The built command with these arguments, to its end; no supervisor is meant but by them. */
export function call(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Called> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { ...process.env, TSUPERVISE_NAME: undefined, TSUPERVISE_CONTROL_SOCKET: undefined, ORPHAND_SOCKET: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}
