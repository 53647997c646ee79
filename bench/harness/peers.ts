import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether this machine has a program. */
export const onPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))

let pm2: { readonly bin: string | undefined } | undefined

/** pm2's file: the one that PM2_BIN names, else installed by npm into a temporary folder for this run; undefined: not to be had. */
export function findPm2(): string | undefined {
  pm2 ??= { bin: process.env['PM2_BIN'] ?? installPm2() }
  return pm2.bin
}

function installPm2(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-pm2-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const answer = spawnSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', 'pm2'], {
    stdio: 'ignore',
    timeout: 180_000
  })
  const bin = join(folder, 'node_modules/pm2/bin/pm2')
  return answer.status === 0 && existsSync(bin) ? bin : undefined
}

/** Names of the peers that are not here, with how to get them. */
export function missingPeers(): readonly string[] {
  return [
    ...(onPath('supervisord') ? [] : ['supervisord (apt install supervisor)']),
    ...(onPath('runsv') ? [] : ['runsv (apt install runit)']),
    ...(findPm2() === undefined ? ['pm2 (npm could not install it; PM2_BIN names one)'] : []),
    ...(onPath('htop') ? [] : ['htop (apt install htop)'])
  ]
}
