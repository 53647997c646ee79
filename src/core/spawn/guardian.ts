import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Facility } from '../events.ts'
import type { Guardian, TreeHandle } from '../ports.ts'
import { GUARDIAN_SCRIPT } from './guardian-script.ts'

export interface GuardianOptions {
  /** Between SIGTERM and SIGKILL after the supervisor's death, ms. */
  readonly deathGraceMs: number
  /** Calls when the guardian had died and was replaced, or could not be. */
  readonly onChange: (facility: Facility) => void
}

const PRESENT: Facility = { name: 'guardian', available: true, detail: '' }

/** It answers within microseconds unless it hangs. */
const ANSWER_MS = 1000

/** A guardian that dies at once again and again is not replaced for ever. */
const MAX_REPLACEMENTS = 20

/**
 * Starts the guardian: a shell of some 1.6 MB in a session of its own, at the other end of a pipe.
 * When the pipe closes without a farewell, it ends every tree that it knows; reaper: containment and the guardian.
 */
export function startGuardian(options: GuardianOptions): Guardian {
  const trees = new Map<string, TreeHandle>()
  const waiting = new Map<string, () => void>()
  let replacements = 0
  let disarmed = false
  let facility = PRESENT
  let shell: ChildProcess

  const report = (next: Facility): void => {
    facility = next
    options.onChange(next)
  }

  const absent = (reason: string): Facility => ({
    name: 'guardian',
    available: false,
    detail: `${reason}: if the supervisor is killed with SIGKILL, leaders die by their parent-death signal, their descendants may stay`
  })

  const release = (): void => {
    for (const resolve of waiting.values()) resolve()
    waiting.clear()
  }

  const gone = (reason: string): void => {
    if (disarmed) return
    replacements += 1
    if (replacements > MAX_REPLACEMENTS) {
      report(absent(`the guardian ended ${replacements} times (${reason})`))
      release()
      return
    }
    shell = launch()
    for (const tree of trees.values()) tell(shell, knowLine(tree))
    report({ ...PRESENT, detail: `the guardian ended (${reason}) and was replaced by pid ${shell.pid ?? '?'}` })
  }

  const launch = (): ChildProcess => {
    const child = spawn('/bin/sh', ['-c', GUARDIAN_SCRIPT, 'tsupervise-guardian', String(Math.ceil(options.deathGraceMs / 100))], {
      detached: true,
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
      stdio: ['pipe', 'pipe', 'ignore']
    })
    let reported = false
    const once = (reason: string): void => {
      if (reported) return
      reported = true
      gone(reason)
    }
    child.on('error', (error) => once(error.message))
    child.on('exit', (code, signal) => once(signal ?? `exit ${code}`))
    child.stdin?.on('error', (error) => once(error.message))
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const cookie = line.slice('known '.length)
        waiting.get(cookie)?.()
        waiting.delete(cookie)
      })
    }
    child.unref()
    return child
  }

  shell = launch()

  return {
    get facility() {
      return facility
    },
    know(tree) {
      trees.set(tree.node, tree)
      if (!facility.available) return Promise.resolve()
      return new Promise((resolve) => {
        // a guardian that hangs is as good as none: it is ended, replaced, and the new one answers
        const deadline = setTimeout(() => shell.kill('SIGKILL'), ANSWER_MS)
        waiting.set(tree.cookie, () => {
          clearTimeout(deadline)
          resolve()
        })
        tell(shell, knowLine(tree))
      })
    },
    forget(node) {
      const tree = trees.get(node)
      if (tree === undefined) return
      trees.delete(node)
      tell(shell, `forget ${tree.cookie}\n`)
    },
    disarm() {
      disarmed = true
      tell(shell, 'disarm\n')
      shell.stdin?.end()
    }
  }
}

/** The leader leads a session of its own, whose id is its pid. */
const knowLine = (tree: TreeHandle): string => `know ${tree.cookie} ${tree.leader.pid} ${tree.cgroup ?? '-'}\n`

function tell(guardian: ChildProcess, line: string): void {
  if (guardian.stdin?.writable) guardian.stdin.write(line)
}
