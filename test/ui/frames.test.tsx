import { cleanup, render } from 'ink-testing-library'
import stringWidth from 'string-width'
import { afterEach, describe, expect, test } from 'vitest'
import { createStore } from 'zustand/vanilla'
import type { NodePhase, SupervisorState } from '../../src/store.ts'
import { App } from '../../src/ui/app.tsx'
import { createKeymap } from '../../src/ui/keys/keymap-of.ts'
import { createLook } from '../../src/ui/theme.ts'
import { NO_GHOSTS } from '../../src/ui/view/ghosts.ts'
import { initialView } from '../../src/ui/view/state.ts'
import { ago, describedNode, fakeCheck, fakeEvents, fakeNode, fakeProcess, fakeReceipt, fakeState, NOW } from '../helpers/fake-session.ts'
import { frameOf, plainLook } from '../helpers/frame.tsx'
import { waitUntil } from '../helpers/wait-until.ts'

afterEach(cleanup)

const withNode = (state: SupervisorState, name: string, change: Partial<SupervisorState['nodes'][string]>): SupervisorState => {
  const node = state.nodes[name]
  if (node === undefined) throw new Error(`no ${name}`)
  return { ...state, nodes: { ...state.nodes, [name]: { ...node, ...change } } }
}

const lineWith = (lines: readonly string[], part: string): string => lines.find((line) => line.includes(part)) ?? ''

describe('the tree', () => {
  test('at 120 columns says everything, in columns', () => {
    const lines = frameOf()
    expect(lines).toHaveLength(39)
    expect(lines[0]).toContain('tsupervise  web-01')
    expect(lines[0]).toContain('level normal')
    expect(lines[0]).toContain('1 worker 2 extensions')
    expect(lines[1]).toMatch(/NAME +PID STATE +CPU% CPU 60s +MEM +OF LIMIT LATENCY +BUDGET +UP/)
    expect(lineWith(lines, '▾ worker')).toMatch(
      /›▾ worker +api +4211 ● running +3\.1 \S+ +86M ▕█░░░░▏ +\+24\/200M 0\/12s +▕░░░▏ +4\/4 +3h11m/
    )
    expect(lineWith(lines, '▾ extension')).toMatch(/4302 ▲ over +104 \S+ +182M ▕███░░▏ \+120\/200M 9\/12s +▕██░▏ 3s +2\/4 6m +4m02s/)
    expect(lineWith(lines, 'shipper')).toMatch(/shipper +- ↻ back-off +- +▇ back-off 7s +1\/4 2m/)
    expect(lineWith(lines, 'render.js')).toMatch(/└─ node render\.js +4219 R running +1\.0 +25M +3h11m/)
    const places = lines.slice(2, 7).map((line) => line.search(/(4211|4219|4302) /))
    expect(new Set(places)).toEqual(new Set([29]))
  })

  test('at 80 columns history, uptime, budget detail and memory bar give way', () => {
    const lines = frameOf({ columns: 80, rows: 24 })
    expect(lines).toHaveLength(23)
    expect(lineWith(lines, 'e indexer')).toMatch(/▾ e indexer +4302 ▲ +104 +182M \+120\/200M 9\/12s +▕██░▏ 3s +2\/4$/)
    expect(lines[1]).toMatch(/NAME +PID S +CPU% +MEM +OF LIMIT LATENCY +BUDGET$/)
    expect(lineWith(lines, 'q quit')).toContain('k signal')
  })

  test('at 60 columns the name still has room', () => {
    const lines = frameOf({ columns: 60, rows: 20 })
    expect(lineWith(lines, 'indexer')).toMatch(/▾ e indexer +4302 ▲ +104 +182M 9\/12s +3s +2\/4/)
  })

  test('smaller than 60x12 it is one line a node, and says so', () => {
    for (const [columns, rows] of [
      [59, 40],
      [80, 11]
    ] as const) {
      const lines = frameOf({ columns, rows })
      expect(lines[0]).toContain(`${columns}x${rows}: one line a node`)
      expect(lineWith(lines, 'indexer')).toContain('stop in 3s')
      expect(lineWith(lines, 'shipper')).toContain('back-off 7s')
      expect(lines.join('\n')).not.toContain('server.js')
    }
  })

  test('fits every terminal, wide or tiny', () => {
    for (const columns of [1, 2, 5, 12, 30, 59, 60, 79, 80, 100, 119, 120, 200]) {
      for (const rows of [1, 2, 3, 6, 12, 24, 60]) {
        const lines = frameOf({ columns, rows, keys: [] })
        expect([columns, rows, lines.length <= Math.max(1, rows - 1)]).toEqual([columns, rows, true])
        for (const line of lines) expect([columns, rows, stringWidth(line) <= columns]).toEqual([columns, rows, true])
      }
    }
  })

  test('without nodes says how to add a worker', () => {
    const text = frameOf({ state: fakeState({ nodes: {}, order: [] }), columns: 80, rows: 24 }).join('\n')
    expect(text).toContain('tsupervise -- node server.js')
    expect(text).toContain('tsupervise --config tsupervise.yaml')
  })

  test('each phase has a sign and a word', () => {
    const leader = { pid: 4302, startTime: 804_302 }
    const reason = fakeReceipt().reason
    const phases: readonly (readonly [NodePhase, RegExp])[] = [
      [{ phase: 'idle' }, /○ idle .*not started/],
      [{ phase: 'waiting', after: ['api', 'db'] }, /◌ waiting .*waits for api, db/],
      [{ phase: 'starting' }, /◐ starting/],
      [{ phase: 'running', leader, since: ago(5), ready: false, containment: 'group', epoch: 0 }, /4302 ◐ not ready/],
      [{ phase: 'running', leader, since: ago(5), ready: true, containment: 'group', epoch: 0 }, /4302 ● running/],
      [{ phase: 'stopping', receipt: 7, reason, since: ago(2) }, /▼ stopping .*stopping 2s/],
      [{ phase: 'stuck', receipt: 7, survivors: [1, 2], since: ago(2) }, /■ stuck .*stuck: 2 left/],
      [{ phase: 'backing-off', until: new Date(NOW + 1500).toISOString(), delayMs: 5000 }, /↻ back-off .*back-off 2s/],
      [{ phase: 'stopped', by: 'command' }, /□ stopped .*stopped by hand/],
      [{ phase: 'failed', detail: 'no starts left' }, /✖ failed .*failed: no starts left/]
    ]
    for (const [phase, seen] of phases) {
      const state = withNode(fakeState(), 'indexer', { phase, ledger: [fakeCheck(1, 10, 0, 10)], health: undefined })
      expect(lineWith(frameOf({ state }), 'extension indexer')).toMatch(seen)
    }
  })

  test('what is not watched, observed only, unhealthy or over in memory says so', () => {
    const state = fakeState()
    const seen = (change: Partial<SupervisorState['nodes'][string]>) =>
      lineWith(frameOf({ state: withNode(state, 'indexer', change) }), 'extension indexer')
    const calm = [fakeCheck(1, 10, 0, 10)]
    expect(seen({ description: describedNode('indexer', { watched: false }) })).toContain('not watched')
    expect(seen({ description: describedNode('indexer', { observe: true }), ledger: calm })).toContain('◎ observed')
    expect(seen({ ledger: calm, health: { healthy: false, failures: 2, detail: 'HTTP 500' } })).toContain('▲ unhealthy')
    expect(seen({ ledger: [] })).toContain('no check yet')
    expect(seen({ ledger: [fakeCheck(1, 10, 0, 240)] })).toMatch(/▲ over .*▕█████▏ \+240\/200M 0\/0s +▕███▏ 0s/)
  })

  test('within the start delay the seconds left count it', () => {
    const leader = { pid: 4302, startTime: 804_302 }
    const state = withNode(fakeState(), 'indexer', {
      phase: { phase: 'running', leader, since: ago(10), ready: true, containment: 'group', epoch: 0 }
    })
    expect(lineWith(frameOf({ state }), 'extension indexer')).toContain('50s')
  })

  test('hostile names are shown, never sent', () => {
    const names = ['\x1b[2J\x1b]0;owned\x07evil', 'a\nb\rc', '\u202egnp.exe', '漢字'.repeat(40), '👨‍👩‍👧 family', '\x9b31m']
    const api = fakeNode(
      describedNode('api', { kind: 'worker' }),
      names.map((command, index) => fakeProcess(100 + index, { command }))
    )
    const state = fakeState({ nodes: { api }, order: ['api'] })
    for (const columns of [60, 80, 120]) {
      const lines = frameOf({ state, columns, rows: 30 })
      const text = lines.join('\n')
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
      expect(text).toContain('␛[2J␛]0;owned␇')
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
      const places = lines.filter((line) => / 10\d S/.test(line)).map((line) => stringWidth(line.slice(0, line.search(/10\d S/))))
      expect(places).toHaveLength(6)
      expect(new Set(places).size).toBe(1)
    }
  })

  test('a program in a deep folder is known by its name', () => {
    const long = fakeProcess(7, { command: '/opt/very/deep/folder/of/a/program --serve /data' })
    const state = fakeState({ nodes: { api: fakeNode(describedNode('api', { kind: 'worker' }), [long]) }, order: ['api'] })
    expect(lineWith(frameOf({ state, columns: 80, rows: 24 }), '└─')).toContain('└─ program --serve')
    expect(frameOf({ state, keys: ['down', 'enter'] }).join('\n')).toContain('/opt/very/deep/folder/of/a/program --serve /data')
  })

  test('of 5,000 processes only the visible rows are drawn, and the selected one is among them', () => {
    const processes = Array.from({ length: 5000 }, (_, index) => fakeProcess(10_000 + index, { ppid: index === 0 ? 1 : 10_000 }))
    const state = fakeState({ nodes: { api: fakeNode(describedNode('api', { kind: 'worker' }), processes) }, order: ['api'] })
    const began = performance.now()
    const top = frameOf({ state })
    expect(performance.now() - began).toBeLessThan(2000)
    expect(top.filter((line) => line.includes('node process-')).length).toBeLessThan(40)
    const bottom = frameOf({ state, keys: ['G'] })
    expect(lineWith(bottom, '›')).toContain(' 14999 S')
    expect(lineWith(bottom, 'events')).toContain('5001 of 5001')
    const middle = frameOf({ state, keys: ['pagedown', 'pagedown', 'up'] })
    expect(lineWith(middle, '›')).toMatch(/ 100[2-9]\d S/)
  })

  test('a chain of 5,000 forks is a tree too', () => {
    const processes = Array.from({ length: 5000 }, (_, index) => fakeProcess(10_000 + index, { ppid: index === 0 ? 1 : 9999 + index }))
    const state = fakeState({ nodes: { api: fakeNode(describedNode('api', { kind: 'worker' }), processes) }, order: ['api'] })
    expect(lineWith(frameOf({ state, keys: ['G'] }), '›')).toContain(' 14999 S')
  })
})

describe('the header', () => {
  test('names what is out of the ordinary', () => {
    const state = fakeState({
      problems: fakeEvents({ type: 'problem', failure: { code: 'ENOSPC', message: 'the disk is full' }, next: undefined })
    })
    const dry = { ...state, run: { ...state.run, dryRun: true, shutdown: { code: 0, reason: 'SIGTERM' } } }
    const head = frameOf({ state: dry, readOnly: true, keys: ['Z'] })[0]
    for (const word of ['dry run', 'stopping everything', 'read only', 'PAUSED', '1 warning']) expect(head).toContain(word)
    expect(frameOf({ state, columns: 80 })[0]).toMatch(/1 warning\s*$/)
  })
})

describe('the events', () => {
  test('say why, and which receipt says more', () => {
    const line = lineWith(frameOf(), '✖ indexer')
    expect(line).toContain('4290 stopped: CPU 3120 > 600 ms (10% x 3 s x 2) for 12 s; TERM, exited 143 after 0.4 s  receipt 7')
  })

  test('are wrapped at 80 columns instead of cut, the newest last', () => {
    const lines = frameOf({ columns: 80, rows: 24 })
    expect(lines.join('\n').replace(/\n +/g, ' ')).toContain('for 12 s; TERM, exited 143 after 0.4 s')
    expect(lines.filter((line) => line.trim() !== '').at(-2)).toContain('respawned as 4302')
  })

  test('an exit that belongs to a stop is told once', () => {
    const receipt = fakeReceipt()
    const exit = {
      type: 'node-exited',
      node: 'indexer',
      incarnation: 2,
      exit: { code: 143, signal: undefined, oomKilled: false },
      uptimeMs: 5000,
      success: false
    } as const
    const stop = [
      { type: 'node-stopping', node: 'indexer', receipt: 7, reason: receipt.reason } as const,
      exit,
      { type: 'receipt-closed', node: 'indexer', receipt } as const
    ]
    expect(
      frameOf({ state: fakeState({ events: fakeEvents(...stop) }) })
        .join('\n')
        .match(/exited 143/g)
    ).toHaveLength(1)
    const begun = frameOf({ state: fakeState({ events: fakeEvents(...stop.slice(0, 2)) }) }).join('\n')
    expect(begun).toContain('▼ indexer stopping: CPU 3120')
    expect(begun).not.toContain('exited')
    expect(frameOf({ state: fakeState({ events: fakeEvents(exit) }) }).join('\n')).toContain('indexer exited 143 after 5s')
  })
})

describe('panes', () => {
  test('details: where it stands, its limits with arithmetic and source, its checks, its stops, its processes', () => {
    const text = frameOf({ keys: ['down', 'down', 'down', 'enter'] }).join('\n')
    for (const part of [
      'EXTENSION indexer',
      '▲ over (CPU above its limit), up 4m02s',
      'node indexer.js',
      '/srv/app',
      'pid 4302, started',
      'held together by cgroup',
      '200M above the baseline of 62M = 262M, one check is enough (level normal)',
      '10% x 3s x 2 CPUs = 600 ms a check (level normal)',
      '12s over, that is 4 checks in a row',
      '4 within 10m, then everything ends',
      '3120/600 ms    3 over       3s',
      '2 of 4 starts left; the next comes back in 6m20s',
      'exited 143 at',
      'receipt 7'
    ]) {
      expect(text).toContain(part)
    }
  })

  test('details of a process come first, and say when it has ended', () => {
    expect(frameOf({ keys: ['down', 'enter'] })[2]).toContain('PROCESS')
    const view = {
      ...initialView({ columns: 120, rows: 40 }),
      panes: [{ kind: 'detail', node: 'api', process: { pid: 1, startTime: 1 }, top: 0 } as const]
    }
    expect(frameOf({ view }).join('\n')).toContain('has ended')
  })

  test('a receipt is a time line with its arithmetic, its signals, its window and its tree', () => {
    const text = frameOf({ keys: ['v', 'enter'] }).join('\n')
    for (const part of [
      'RECEIPT 7',
      'limit from    level normal',
      'SIGUSR1 to leader 4290: left out (a JavaScript runtime)',
      'SIGTERM to group 4290: sent',
      '+0.4s  exited 143',
      'starts again in 7 s, 2 uses of the budget left',
      '3120/600 ms    4 over',
      'THE TREE WHEN IT BEGAN (2)',
      'worker-thread-of-the-indexer.js'
    ]) {
      expect(text).toContain(part)
    }
    const [first] = fakeReceipt().signals
    if (first === undefined) throw new Error('a receipt without signals')
    const openedAt = '2026-03-01T12:00:00.000Z'
    const [sentAt, closedAt] = ['2026-03-01T12:00:00.003Z', '2026-03-01T12:00:00.029Z']
    const quick = fakeReceipt(8, { openedAt, closedAt, durationMs: 29, signals: [{ ...first, time: sentAt, signal: 'SIGTERM' }] })
    const quickText = frameOf({ state: fakeState({ receipts: [quick] }), keys: ['v', 'enter'] }).join('\n')
    expect(quickText).toMatch(/\+0s {2}the stop began\n.*\+3ms {2}SIGTERM.*\n.*\+29ms {2}exited 143 after 29ms/)
    const open = fakeState({ receipts: [fakeReceipt(8, { closedAt: undefined, exit: undefined, next: undefined, durationMs: undefined })] })
    expect(frameOf({ state: open, keys: ['v', 'enter'] }).join('\n')).toContain('still open')
    const stuck = fakeState({ receipts: [fakeReceipt(9, { survivors: fakeReceipt().tree.slice(0, 1) })] })
    expect(frameOf({ state: stuck, keys: ['v', 'enter'] }).join('\n')).toContain('SURVIVORS (1)')
  })

  test('the output: escaped, cut, following', () => {
    const lines = ['hello', '\x1b[31mred\x1b[0m', 'x'.repeat(90_000)].map((text, index) => ({
      seq: index + 1,
      time: ago(1),
      stream: 'stdout' as const,
      text
    }))
    const screen = frameOf({ keys: ['L'], columns: 80, rows: 24, logs: { lines, dropped: 12 } })
    expect(screen[1]).toContain('output of api')
    expect(screen[1]).toContain('3 lines, 12 older ones gone, following')
    expect(lineWith(screen, 'red')).toContain('out ␛[31mred␛[0m')
    expect(lineWith(screen, 'xxx')).toMatch(/x…$/)
  })

  test('this run: what the machine lacks', () => {
    const text = frameOf({ keys: ['i'] }).join('\n')
    expect(text).toContain('cgroup              ✖ the cgroup folder is not writable')
    expect(text).toContain('every 3s, 2 CPUs, sampler procfs')
  })
})

describe('dialogs', () => {
  test('name the process by name, pid and start time', () => {
    const text = frameOf({ keys: ['down', 'down', 'k'], columns: 80, rows: 24 }).join('\n')
    expect(text).toContain('Send a signal')
    expect(text).toContain('node render.js')
    expect(text).toMatch(/pid 4219, started \d\d:\d\d:\d\d/)
    expect(text).toMatch(/› SIGTERM/)
    expect(frameOf({ keys: ['x'], columns: 80, rows: 24 }).join('\n')).toMatch(/Stop api\?.*pid 4211, started/s)
  })

  test('say that the target went, and offer nothing but the way back', () => {
    const open = { ...initialView({ columns: 80, rows: 24 }) }
    const target = { node: 'api', name: 'node gone.js', identity: { pid: 4219, startTime: 1 }, started: '12:00:00' }
    const text = frameOf({ view: { ...open, dialog: { kind: 'signals', targets: [target], signal: 'SIGTERM' } } }).join('\n')
    expect(text).toContain('Pid 4219 belongs to another process now.')
    expect(text).toContain('Nothing is sent.')
    expect(text).not.toContain('Enter send')
  })

  test('limits: what a value would mean is said before it is set', () => {
    const at = ['down', 'down', 'down', 'e']
    const seen = (...keys: readonly string[]) => frameOf({ keys: [...at, ...keys], columns: 80, rows: 24 }).join('\n')
    expect(seen()).toContain('now at +120M: 80M below the limit')
    expect(seen('9', '0', 'M')).toContain('now at +120M: would be stopped at the next check')
    expect(seen('9', '0', 'M')).toContain('was 200M')
    expect(seen('9', '9', 'q')).toContain('expected a size such as 200M or 1.5G')
    expect(seen('down', '6', '0')).toContain('now at 52.0% of all CPUs: below the limit')
    expect(seen('down', 'down', '5')).toMatch(/over its CPU limit for 9s: would be stopped at the next/)
    expect(seen('down', 'down', 'down', '2')).toContain('2 used in this window: the next end would be the last')
  })

  test('quit asks its question with the three answers', () => {
    const text = frameOf({ keys: ['q'], columns: 60, rows: 12 }).join('\n')
    for (const part of ['stop everything', 'keep running without the screen', 'cancel']) expect(text).toContain(part)
  })

  test('fit into the smallest terminals with their keys', () => {
    for (const key of ['k', 'x', 'e', 'q']) {
      const lines = frameOf({ keys: [key], columns: 40, rows: 7 })
      expect(lines.length).toBeLessThanOrEqual(6)
      expect(lines.join('\n')).toContain('Enter')
    }
  })
})

describe('without colours and without UTF-8', () => {
  test('everything is plain ASCII, and the selection still shows', () => {
    const look = createLook({ color: false, ascii: true })
    for (const keys of [[], ['enter'], ['v', 'enter'], ['?'], ['i'], ['k'], ['e'], ['q'], ['t']]) {
      const text = frameOf({ look, keys }).join('\n')
      expect(text).toMatch(/^[\x20-\x7e\n]*$/)
    }
    expect(lineWith(frameOf({ look, keys: ['down'] }), 'server.js')).toMatch(/^> /)
  })

  test('colours come from the 16 of the terminal', () => {
    const text = frameOf({ look: createLook({ color: true, ascii: false }) }).join('\n')
    const codes = [...text.matchAll(/\x1b\[([\d;]*)m/g)].flatMap((match) => (match[1] ?? '').split(';').map(Number))
    expect(codes.length).toBeGreaterThan(10)
    for (const code of codes) expect(code).toBeLessThan(108)
    expect(codes).not.toContain(38)
    expect(codes).not.toContain(48)
  })
})

test('the screen follows the store', async () => {
  const state = fakeState()
  const shown = { state, now: NOW, logs: undefined, ghosts: NO_GHOSTS, facts: new Map() }
  const view = initialView({ columns: 80, rows: 24 })
  const frame = createStore(() => ({ view, shown }))
  const app = render(<App frame={frame} live={() => state} look={plainLook} keymap={createKeymap()} readOnly={false} />)
  expect(app.lastFrame()).toContain('api')
  const frames = app.frames.length
  frame.setState({ view: { ...view, selection: { key: 'node shipper', name: 'shipper', index: 5 } }, shown }, true)
  await waitUntil(
    () => app.lastFrame()?.includes('›  e shipper'),
    () => app.lastFrame() ?? ''
  )
  expect(app.frames.length).toBeGreaterThan(frames)
})
