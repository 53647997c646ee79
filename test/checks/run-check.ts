import { type SpawnOptions, spawn } from 'node:child_process'
import { COMMAND } from '../helpers/command.ts'

export interface CheckOutcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built `tsupervise check` to its end, stdin from /dev/null as mon has it. */
export function runCheck(args: readonly string[], options: SpawnOptions = {}, program = COMMAND): Promise<CheckOutcome> {
  const child = spawn(process.execPath, [program, 'check', ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

interface CheckedRule {
  readonly selector: string
  readonly state: string
  readonly count: number | null
  readonly reason: string
  readonly pids: readonly { readonly pid: number; readonly startTime: number }[]
  readonly restarted: readonly { readonly pid: number }[]
}

/** The rules as `--output json` tells them. */
export async function checkedRules(args: readonly string[], options: SpawnOptions = {}): Promise<readonly CheckedRule[]> {
  const { stdout, stderr } = await runCheck(['--output', 'json', ...args], options)
  if (stdout === '') throw new Error(`no answer: ${stderr}`)
  return (JSON.parse(stdout) as { rules: readonly CheckedRule[] }).rules
}

export const countsOf = async (args: readonly string[], options: SpawnOptions = {}): Promise<readonly (number | null)[]> =>
  (await checkedRules(args, options)).map(({ count }) => count)
