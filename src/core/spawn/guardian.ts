import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Facility } from '../events.ts'
import { createTreeCgroup } from '../linux/tree-cgroups.ts'
import type { Guardian, TreeHandle } from '../ports.ts'
import { sideTree } from './environment.ts'
import { guardianOfInit } from './guardian-of-init.ts'
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

/** A disarmed guardian leaves within a millisecond or two. */
const LEAVE_MS = 500

/**
 * Starts the guardian: a shell of some 1.6 MB in a session and cgroup of its own, at the other end of a pipe.
 * When the pipe closes without a farewell, it ends every tree that it knows; reaper: containment and the guardian.
 * None as PID 1, with which the kernel ends everything else.
 */
export const startGuardian = (options: GuardianOptions): Guardian => (process.pid === 1 ? guardianOfInit() : launchGuardian(options))

function launchGuardian(options: GuardianOptions): Guardian {
  const trees = new Map<string, TreeHandle>([['', sideTree]])
  const waiting = new Map<string, () => void>()
  /** Cookies that the present guardian has confirmed. */
  const confirmed = new Set<string>()
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
    confirmed.clear()
    shell = launch()
    report({ ...PRESENT, detail: `the guardian ended (${reason}) and was replaced by pid ${shell.pid ?? '?'}` })
  }

  const launch = (): ChildProcess => {
    const cgroup = createTreeCgroup('guardian')
    const words = [String(Math.ceil(options.deathGraceMs / 100)), cgroup.ok ? cgroup.value : '-']
    const child = spawn('/bin/sh', ['-c', GUARDIAN_SCRIPT, 'tsupervise-guardian', ...words], {
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
        confirmed.add(cookie)
        waiting.get(cookie)?.()
        waiting.delete(cookie)
      })
    }
    child.unref()
    for (const tree of trees.values()) tell(child, knowLine(tree))
    return child
  }

  shell = launch()

  return {
    get facility() {
      return facility
    },
    know(tree) {
      // what was kept ready for a node is the node's now
      for (const [name, known] of trees) if (known.cookie === tree.cookie) trees.delete(name)
      trees.set(tree.node, tree)
      if (!facility.available || confirmed.has(tree.cookie)) return Promise.resolve()
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
      confirmed.delete(tree.cookie)
      tell(shell, `forget ${tree.cookie}\n`)
    },
    disarm() {
      disarmed = true
      tell(shell, 'disarm\n')
      shell.stdin?.end()
    },
    left() {
      if (!disarmed || shell.exitCode !== null || shell.signalCode !== null) return Promise.resolve()
      return new Promise((resolve) => {
        const deadline = setTimeout(resolve, LEAVE_MS)
        shell.once('exit', () => {
          clearTimeout(deadline)
          resolve()
        })
      })
    }
  }
}

/** The leader leads a session of its own, whose id is its pid. */
const knowLine = ({ cookie, leader, cgroup }: TreeHandle): string => `know ${cookie} ${leader.pid} ${leader.startTime} ${cgroup ?? '-'}\n`

function tell(guardian: ChildProcess, line: string): void {
  if (guardian.stdin?.writable) guardian.stdin.write(line)
}
