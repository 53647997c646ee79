import { createStore } from 'zustand/vanilla'
import { render } from 'ink'
import { App } from '../src/ui/app.tsx'
import { createKeymap } from '../src/ui/keys/keymap-of.ts'
import { createLook } from '../src/ui/theme.ts'
import { NO_GHOSTS } from '../src/ui/view/ghosts.ts'
import { initialView } from '../src/ui/view/state.ts'
import { rowsOf } from '../src/ui/view/world.ts'
import { createCanvas } from '../src/ui/output/canvas.ts'
import { difference } from '../src/ui/output/difference.ts'
import { describedNode, fakeNode, fakeProcess, fakeState, NOW } from './helpers/fake-session.ts'

const count = Number(process.env['COUNT'] ?? 40)
const base = fakeState()
const make = (second: number) => {
  const processes = Array.from({ length: count }, (_, index) => fakeProcess(10_000 + index, { ppid: index === 0 ? 1 : 10_000, cpuPercent: ((second * 37 + index * 101) % 400) / 10, rssBytes: 3e7 + ((second + index) % 3) * 2 ** 20 }))
  return { ...base, nodes: { ...base.nodes, api: fakeNode(describedNode('api', { kind: 'worker' }), processes) } }
}
const states = [make(1), make(2), make(3), make(4)]
const look = createLook({ color: true, ascii: false })
const keymap = createKeymap()
const view = initialView({ columns: 120, rows: 40 })
const shownOf = (i: number) => ({ state: states[i % 4]!, now: NOW + i * 1000, logs: undefined, ghosts: NO_GHOSTS, facts: new Map() })
const frame = createStore(() => ({ view, shown: shownOf(0) }))
let last: string[] = []
let bytes = 0
let diffCpu = 0
let texts: string[] = []
const canvas = createCanvas({ columns: 120, rows: 40 } as never, (text) => { texts = text.split('\n'); const t = process.cpuUsage(); bytes += Buffer.byteLength(difference(last, texts)); last = texts; const d = process.cpuUsage(t); diffCpu += d.user + d.system })
render(<App frame={frame as never} live={() => states[0]!} look={look} keymap={keymap} readOnly={false} />, { stdout: canvas, debug: true, interactive: true, exitOnCtrlC: false, patchConsole: false })
const run = async (n: number) => { for (let i = 1; i <= n; i++) { frame.setState({ view, shown: shownOf(i) } as never, true); await new Promise((r) => setImmediate(r)) } }
await run(100)
bytes = 0; diffCpu = 0
let t = process.cpuUsage()
await run(200)
let d = process.cpuUsage(t)
console.log('frame cpu ms', (d.user + d.system) / 200 / 1000, 'diff ms', diffCpu / 200 / 1000, 'bytes', bytes / 200)
t = process.cpuUsage()
for (let i = 0; i < 200; i++) rowsOf(view, { shown: shownOf(i).state, ghosts: NO_GHOSTS, facts: new Map() })
d = process.cpuUsage(t)
console.log('rows cpu ms', (d.user + d.system) / 200 / 1000)
process.exit(0)
