import { constants } from 'node:os'
import { benchChecks } from './checks.ts'
import { benchControl } from './control.ts'
import { describeMachine } from './harness/machine.ts'
import { missingPeers, onPath } from './harness/peers.ts'
import { measureHour } from './interface/hour.ts'
import { measureKeys } from './interface/keys.ts'
import { BUSY, MANY } from './interface/population.ts'
import { measureRefreshes } from './interface/refreshes.ts'
import { measureStart } from './interface/start.ts'
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
  'own-cost': benchOwnCost,
  'interface:busy': () => measureRefreshes(BUSY, onPath('htop')),
  'interface:many': () => measureRefreshes(MANY, onPath('htop')),
  'interface:keys': () => measureKeys([BUSY, MANY], onPath('htop')),
  'interface:start': () => measureStart(onPath('htop')),
  'interface:hour': measureHour,
  sampling: benchSampling,
  checks: benchChecks,
  orphans: benchOrphans,
  'process-cache': benchProcessCache,
  control: benchControl
}

const asked = process.argv.slice(2)
/** `interface` asks for all that begin with `interface:`. */
const asks = (name: string, part: string): boolean => part === name || part.startsWith(`${name}:`)
const unknown = asked.filter((name) => !Object.keys(parts).some((part) => asks(name, part)))
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
if (process.platform !== 'linux') {
  console.error('the measurements read /proc, which this system does not have')
  process.exit(2)
}

// what a part has started ends with this program
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(128 + constants.signals[signal]))

console.log(describeMachine())
const missing = missingPeers()
if (missing.length > 0) console.log(`\nNot measured, because not installed: ${missing.join('; ')}.`)
for (const [name, run] of Object.entries(parts)) {
  if (asked.length === 0 || asked.some((one) => asks(one, name))) await run()
}
