import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onPath } from './harness/peers.ts'
import { figure, median } from './harness/statistics.ts'
import { bundledNode } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { compilePrograms, startPopulation } from './sampling/population.ts'

const ROUNDS = 25
const PROCESSES = 1000
const COMMAND = resolve(import.meta.dirname, '../bin/tsupervise.js')
/** Debian's monitoring-plugins-basic, or where this says. */
const CHECK_PROCS = process.env['CHECK_PROCS'] ?? '/usr/lib/nagios/plugins/check_procs'

const TEN_RULES = [
  'population:1-',
  'sshd:0-',
  'cron:0-5',
  'no-such-program:0-0',
  '/usr/sbin/sshd,user=root:0-',
  '/usr/lib/postfix/sbin/master:0-1',
  'user=nobody:0-100',
  'args=^/usr/bin/python3 :0-',
  'no-zombies:0-1000',
  'memory=1GB-:0-'
]

interface Contender {
  readonly name: string
  readonly run: () => void
}

const command = (name: string, file: string, args: readonly string[]): Contender => ({
  name,
  // whatever they find: only the time counts
  run: () => void spawnSync(file, args, { stdio: 'ignore' })
})

/** Times of each in turns, ms, so that a busy moment of the machine hits all. */
function race(contenders: readonly Contender[]): ReadonlyMap<string, number[]> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of contenders) {
      const at = performance.now()
      run()
      times.get(name)?.push(performance.now() - at)
    }
  }
  return times
}

function table(title: string, times: ReadonlyMap<string, number[]>): void {
  const [bare = []] = times.values()
  const rows = [...times].map(([name, ms]) => {
    const best = Math.min(...ms)
    return [name, figure(best), figure(best / Math.min(...bare)), figure(median(ms)), figure(median(ms) / median(bare))]
  })
  printTable(title, ['', 'best ms', 'to bare node', 'median ms', 'to bare node'], rows)
}

/** `tsupervise check`: how long it takes to start, and ten rules on 1,000 processes, beside check_procs and ps. */
export async function benchChecks(): Promise<void> {
  const bare: Contender = { name: 'bare node', run: () => void execFileSync(bundledNode, ['-e', '0'], { stdio: 'ignore' }) }
  const one = onlyInit()
  const check = (name: string, args: readonly string[]): Contender => command(name, bundledNode, [COMMAND, 'check', ...args])
  try {
    const start = [bare, check('tsupervise check, 1 rule, 1 process', ['--proc', one.proc, 'init:1-1'])]
    table(`Start of a check (${ROUNDS} rounds)`, race(start))
  } finally {
    one.remove()
  }

  const programs = compilePrograms()
  const population = await startPopulation(programs, PROCESSES, 0)
  try {
    const peers = [
      ...(existsSync(CHECK_PROCS) ? [command('check_procs, 1 rule', CHECK_PROCS, ['-C', 'population', '-c', '1:'])] : []),
      ...(existsSync(CHECK_PROCS) ? [tenTimes('check_procs, 10 rules: 10 times', CHECK_PROCS)] : []),
      ...(onPath('ps') ? [command('ps -eo pid,uid,comm,args', 'ps', ['-eo', 'pid,uid,comm,args'])] : [])
    ]
    const ours = [check('tsupervise check, 1 rule', TEN_RULES.slice(0, 1)), check('tsupervise check, 10 rules', TEN_RULES)]
    table(`Checks of ${PROCESSES.toLocaleString('en')} processes (${ROUNDS} rounds)`, race([bare, ...ours, ...peers]))
  } finally {
    await population.end()
    programs.remove()
  }
  if (!existsSync(CHECK_PROCS)) console.log('\nNot measured, because not installed: check_procs (apt install monitoring-plugins-basic).')
}

const tenTimes = (name: string, file: string): Contender => ({
  name,
  run() {
    for (let rule = 0; rule < TEN_RULES.length; rule++) spawnSync(file, ['-C', 'population', '-c', '1:'], { stdio: 'ignore' })
  }
})

/** A recorded /proc with one process: what is left is the start. */
function onlyInit(): { readonly proc: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const proc = join(folder, 'proc')
  mkdirSync(join(proc, '1'), { recursive: true })
  const zeros = new Array(27).fill('0').join(' ')
  writeFileSync(join(proc, '1/stat'), `1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 1 1 0 0 20 0 1 0 5 1000 100 18446744073709551615 ${zeros}\n`)
  return { proc, remove: () => rmSync(folder, { recursive: true }) }
}
