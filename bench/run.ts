import { benchChecks } from './checks.ts'
import { benchControl } from './control.ts'
import { describeMachine } from './harness/machine.ts'
import { missingPeers, onPath } from './harness/peers.ts'
import { benchOrphans } from './orphans.ts'
import { benchOwnCost } from './own-cost.ts'
import { benchProcessCache } from './process-cache.ts'
import { benchRespawn } from './respawn.ts'
import { benchSampling } from './sampling.ts'
import { benchStartup } from './startup.ts'

/** The measurements of the README: `npm run bench [-- PART...]`. Prints Markdown. */
const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  respawn: benchRespawn,
  startup: benchStartup,
  'own-cost': () => benchOwnCost(onPath('htop')),
  sampling: benchSampling,
  checks: benchChecks,
  orphans: benchOrphans,
  'process-cache': benchProcessCache,
  control: benchControl
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
if (process.platform !== 'linux') {
  console.error('the measurements read /proc, which this system does not have')
  process.exit(2)
}

console.log(describeMachine())
const missing = missingPeers()
if (missing.length > 0) console.log(`\nNot measured, because not installed: ${missing.join('; ')}.`)
for (const [name, run] of Object.entries(parts)) {
  if (asked.length === 0 || asked.includes(name)) await run()
}
